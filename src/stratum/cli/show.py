"""``stratum show``: one run, its steps as a tree, its errors, and what it waits for."""

from typing import Annotated, Any

from stratum import Kind, Status
from stratum.app.operations import is_taken
from stratum.cli.exits import DONE
from stratum.cli.opening import find_run, open_existing
from stratum.cli.options import HERE, Json, Place, RunId, flag
from stratum.cli.output import Output
from stratum.cli.portrait import Subject, paint
from stratum.cli.shapes import event_shape, run_shape
from stratum.cli.tree import build_tree
from stratum.cli.waiting import waits_for
from stratum.kernel.clock import SystemClock


async def show(
    run: RunId,
    /,
    *,
    full: Annotated[bool, flag("Leave nothing out: every step, its result, its failed tries, tracebacks.")] = False,
    place: Place = HERE,
    json: Json = False,
) -> int:
    """Show one run."""
    output = Output(json=json)
    async with open_existing(place) as stratum:
        row = await find_run(stratum, place, run)
        events = await stratum.handle(row.id).history()
        children = await stratum.runs.children(place.tenant, row.id)
        taken = row.status is not Status.READY or await is_taken(stratum, row.queue, row.agent)
    root = build_tree(events)
    subject = Subject(row=row, events=events, root=root, children=children, waits=waits_for(row, root), taken=taken)
    if json:
        output.json(_shape(subject))
    else:
        paint(output, subject, place, SystemClock().now(), full=full)
    return DONE


def _shape(subject: Subject) -> dict[str, Any]:
    events = [event_shape(event) for event in subject.events]
    last = events[-1]
    return {
        "run": run_shape(subject.row),
        "input": events[0]["body"],
        "result": last["body"] if last["kind"] == Kind.DONE else None,
        "error": last["body"] if last["kind"] in {Kind.FAILED, Kind.CANCELLED, Kind.PARKED} else None,
        "waits_for": [wait.shape() for wait in subject.waits],
        "children": [run_shape(child) for child in subject.children],
        "events": events,
    }
