"""``stratum cancel``: ask a run to stop."""

from typing import Annotated

from cyclopts import Parameter

from stratum.cli.exits import DONE
from stratum.cli.opening import find_run, open_existing
from stratum.cli.options import HERE, Json, Place, RunId
from stratum.cli.output import Output


async def cancel(
    run: RunId,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why; kept in its journal.")] = "",
    place: Place = HERE,
    json: Json = False,
) -> int:
    """Ask a run to stop."""
    output = Output(json=json)
    async with open_existing(place) as stratum:
        row = await find_run(stratum, place, run)
        asked = await stratum.handle(row.id).cancel(reason)
        row = await stratum.handle(row.id).status()
    if json:
        output.json({"id": row.id, "asked": asked, "status": row.status})
    elif asked:
        output.say(f"Asked run {row.id} to stop.")
        output.hint(f"Watch it: {place.command('tail', row.id)}")
    else:
        output.say(f"Run {row.id} had already ended ({row.status}); there was nothing to stop.")
    return DONE
