"""``stratum schedules``: what is started by the clock, what was not run, and stopping it."""

from typing import Annotated, Any

from cyclopts import Parameter

from stratum.cli.errors import Usage
from stratum.cli.exits import DONE
from stratum.cli.opening import open_existing
from stratum.cli.options import HERE, Json, Place
from stratum.cli.output import Output
from stratum.cli.sentences import QUIET
from stratum.cli.table import table
from stratum.cli.words import counted, distance, duration, iso, local_time
from stratum.kernel.clock import SystemClock
from stratum.runs import ScheduleRow


async def schedules(
    *,
    pause: Annotated[str | None, Parameter(help="Stop this schedule.")] = None,
    resume: Annotated[str | None, Parameter(help="Continue this schedule; it catches up as declared.")] = None,
    place: Place = HERE,
    json: Json = False,
) -> int:
    """List schedules."""
    output = Output(json=json)
    if pause is not None and resume is not None:
        message = "Give --pause or --resume, not both."
        raise Usage(message)
    async with open_existing(place) as stratum:
        if pause is not None:
            await stratum.runs.pause_schedule(place.tenant, pause, paused=True)
        if resume is not None:
            await stratum.runs.pause_schedule(place.tenant, resume, paused=False)
        rows = await stratum.runs.schedules(place.tenant)
    if json:
        output.json({"schedules": [_shape(row) for row in rows]})
        return DONE
    if not rows:
        output.note("There are no schedules. Declare one with app.schedule(...); workers enter it.")
        return DONE
    now = SystemClock().now()
    heads = ("SCHEDULE", "AGENT", "WHEN", "NEXT", "LAST RUN")
    lines = [
        [
            (row.schedule.id, ""),
            (row.schedule.agent, ""),
            (_when(row), QUIET),
            ("paused" if row.paused else distance(row.next_at, now), ""),
            (row.last_run or "none yet", QUIET),
        ]
        for row in rows
    ]
    for line in table(heads, lines):
        output.row(line)
    for row in rows:
        for first, last, slots, why in row.gaps:
            span = local_time(first) if first == last else f"{local_time(first)} to {local_time(last)}"
            output.fact("gap", f"{row.schedule.id}: {counted(slots, 'slot')}, {span}: {why}", QUIET)
    return DONE


def _when(row: ScheduleRow) -> str:
    timing = row.schedule.timing
    return f"{timing.cron} {timing.timezone}" if timing.cron else f"every {duration(timing.every_ms or 0)}"


def _shape(row: ScheduleRow) -> dict[str, Any]:
    return {
        "id": row.schedule.id,
        "agent": row.schedule.agent,
        "timing": row.schedule.timing.model_dump(exclude_none=True),
        "next_at": iso(row.next_at),
        "last_run": row.last_run,
        "paused": row.paused,
        "gaps": [
            {"first": iso(first), "last": iso(last), "slots": slots, "why": why} for first, last, slots, why in row.gaps
        ],
    }
