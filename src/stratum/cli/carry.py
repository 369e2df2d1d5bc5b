"""``stratum export`` and ``stratum import``: carry a run from store to store."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from stratum import App
from stratum.app.carrying import export_run, import_run
from stratum.cli.errors import Usage
from stratum.cli.exits import DONE
from stratum.cli.opening import find_run, open_existing
from stratum.cli.options import HERE, Json, Place, RunId
from stratum.cli.output import Output


async def export(
    run: RunId,
    /,
    *,
    file: Annotated[Path | None, Parameter(help="Where to write it; standard output by default.")] = None,
    place: Place = HERE,
) -> int:
    """Write a run as one JSON document."""
    async with open_existing(place) as stratum:
        await find_run(stratum, place, run)
        text = await export_run(stratum.runs, place.tenant, run)
    if file is None:
        sys.stdout.write(text + "\n")
        return DONE
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror or error}."
        raise Usage(message) from error
    return DONE


async def bring_in(
    file: Annotated[str, Parameter(help="The exported run; - for standard input.")],
    /,
    *,
    place: Place = HERE,
    json: Json = False,
) -> int:
    """Enter an exported run into a store."""
    output = Output(json=json)
    text = _read(file)
    async with App("stratum").open(place.url, tenant=place.tenant) as stratum:
        run_id, status = await import_run(stratum.runs, place.tenant, text)
    if json:
        output.json({"id": run_id, "status": status})
    else:
        output.say(f"Run {run_id} was imported, {status}.")
        if status == "parked":
            output.hint(f"Once it is stopped where it came from: {place.command('resume', run_id)}")
    return DONE


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file} cannot be read as an exported run: {error}."
        raise Usage(message) from error
