"""``stratum runs``: the newest runs."""

from typing import Annotated

from cyclopts import Parameter

from stratum import RunRow, Status
from stratum.cli.exits import DONE
from stratum.cli.opening import open_existing
from stratum.cli.options import HERE, Json, Place
from stratum.cli.output import Output
from stratum.cli.sentences import QUIET, STYLES
from stratum.cli.shapes import run_shape
from stratum.cli.table import Cell, table
from stratum.cli.words import distance, duration, short_time
from stratum.kernel.clock import SystemClock


async def runs(
    *,
    status: Annotated[Status | None, Parameter(help="Only runs that stand so.")] = None,
    agent: Annotated[str | None, Parameter(help="Only runs of this agent.")] = None,
    limit: Annotated[int, Parameter(help="The most runs, up to 1,000.")] = 50,
    place: Place = HERE,
    json: Json = False,
) -> int:
    """List the newest runs."""
    output = Output(json=json)
    async with open_existing(place) as stratum:
        rows = await stratum.list(status=status, agent=agent, limit=limit)
    if json:
        output.json({"runs": [run_shape(row) for row in rows]})
        return DONE
    now = SystemClock().now()
    if rows:
        heads = ("RUN", "AGENT", "STATUS", "STARTED", "TOOK", "EVENTS", "WHY")
        for line in table(heads, [_cells(row, now) for row in rows]):
            output.row(line)
    else:
        output.note("There are no such runs." if status or agent else "There are no runs yet.")
    if len(rows) == limit:
        output.hint(f"There may be more: --limit {limit * 2} shows more of them.")
    return DONE


def _cells(row: RunRow, now: int) -> list[Cell]:
    took = duration(row.ended_at - row.created_at) if row.ended_at is not None else ""
    wakes = f"wakes {distance(row.wake_at, now)}" if row.wake_at is not None else ""
    return [
        (row.id, ""),
        (row.agent, ""),
        (row.status, STYLES[row.status]),
        (short_time(row.created_at, now), QUIET),
        (took, QUIET),
        (f"{row.head:,}", QUIET),
        (row.reason or wakes, QUIET),
    ]
