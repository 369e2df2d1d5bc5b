"""``stratum signal``: tell a run something that it waits for."""

from typing import Annotated

from cyclopts import Parameter

from stratum.cli.exits import DONE, FAILED
from stratum.cli.given import read_json
from stratum.cli.opening import find_run, open_existing
from stratum.cli.options import HERE, Json, Place, RunId
from stratum.cli.output import Output


async def signal(
    run: RunId,
    name: Annotated[str, Parameter(help="The signal's name, as the run waits for it.")],
    value: Annotated[
        str, Parameter(help="Its value: JSON, @file, or - for standard input.", allow_leading_hyphen=True)
    ] = "null",
    /,
    *,
    id: Annotated[str | None, Parameter(help="Names this signal: with the same id it is told once.")] = None,
    place: Place = HERE,
    json: Json = False,
) -> int:
    """Tell a run something."""
    output = Output(json=json)
    _, body = read_json(value, "The value")
    async with open_existing(place) as stratum:
        row = await find_run(stratum, place, run)
        told = await stratum.handle(row.id).signal(name, body, id=id)
        row = await stratum.handle(row.id).status()
    if json:
        output.json({"id": row.id, "signal": name, "told": told, "status": row.status})
    elif told:
        output.say(f"Told run {row.id} {name!r}.")
    else:
        output.say(f"Run {row.id} has already ended ({row.status}): it was not told {name!r}.")
    return DONE if told else FAILED
