"""``stratum resume``: continue a parked run."""

from typing import Annotated

from cyclopts import Parameter

from stratum.app.operations import is_taken
from stratum.cli.exits import DONE
from stratum.cli.opening import find_run, open_existing
from stratum.cli.options import HERE, Json, Place, RunId
from stratum.cli.output import Output


async def resume(
    run: RunId,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why it can go on; kept in its journal.")] = "",
    place: Place = HERE,
    json: Json = False,
) -> int:
    """Continue a parked run."""
    output = Output(json=json)
    async with open_existing(place) as stratum:
        row = await find_run(stratum, place, run)
        await stratum.handle(row.id).resume(reason)
        taken = await is_taken(stratum, row.queue, row.agent)
        row = await stratum.handle(row.id).status()
    if json:
        output.json({"id": row.id, "status": row.status})
        return DONE
    output.say(f"Run {row.id} goes on.")
    if not taken:
        output.hint(f"No living worker takes runs of agent {row.agent!r} now. Start one: {place.command('up', 'APP')}")
    return DONE
