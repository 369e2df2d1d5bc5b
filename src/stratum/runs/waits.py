"""Durable waits: they hold no worker, and outlive it. ``sleep``, ``wait`` for a signal, and small recorded values."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from stratum.kernel.codec import Shape, decode, encode
from stratum.kernel.errors import Disposition, InvalidInput
from stratum.runs.errors import WaitExpired
from stratum.runs.execution import Call, Execution
from stratum.runs.records import Draft, Event, Kind
from stratum.runs.steps import NO_ARGUMENTS, StepCall, step_error


def sleep(execution: Execution, duration: timedelta) -> StepCall[None]:
    """Wait for ``duration``, also over restarts; months are fine."""
    if duration < timedelta(0):
        message = f"A run cannot sleep for {duration}: give a duration of zero or more."
        raise InvalidInput(message)
    call = execution.enter("sleep", NO_ARGUMENTS)

    async def run() -> None:
        closing = call.closing
        if closing is not None:
            await execution.recorded(closing)
            return
        await execution.ready()
        await execution.until(await _due(execution, call, duration))
        await execution.journal.write(call.draft(Kind.STEP, "null"))

    return StepCall(execution, call.key, run)


def wait(execution: Execution, name: str, shape: Shape[Any], within: timedelta | None) -> StepCall[Any]:
    """Wait for a signal called ``name``; at most ``within``, then :class:`WaitExpired` is raised."""
    call = execution.enter(f"wait {name}", NO_ARGUMENTS)

    async def run() -> object:
        if call.closing is not None:
            closing: Event | Draft = await execution.recorded(call.closing)
        else:
            await execution.ready()
            closing = await _listen(execution, call, name, within)
        if closing.kind == Kind.STEP_FAILED:
            raise step_error(closing)
        return shape.decode(closing.body)

    return StepCall(execution, call.key, run)


async def _listen(execution: Execution, call: Call, name: str, within: timedelta | None) -> Draft:
    due = None if within is None else await _due(execution, call, within)
    item = await execution.mailbox.wait(lambda item: item.kind == "signal" and item.name == name, due, execution)
    if item is not None:
        draft = call.draft(Kind.STEP, item.body)
        await execution.journal.write(draft, takes=item.seq)
        return draft
    message = f"Nobody signalled {name!r} to run {execution.run.fence.run_id} within {within}."
    body = encode({
        "code": WaitExpired.code, "message": message, "step": call.key, "cause": message, "kind": "expired",
        "disposition": Disposition.STOP, "tried": 1,
    })  # fmt: skip
    draft = call.draft(Kind.STEP_FAILED, body)
    await execution.journal.write(draft)
    return draft


async def _due(execution: Execution, call: Call, duration: timedelta) -> int:
    """Return when the wait ends, fixed in the journal the first time it is asked."""
    opening = call.recorded.opening if call.recorded else None
    if opening is not None:
        return int(str(decode(opening.body)))
    due = execution.around.clock.now() + int(duration.total_seconds() * 1000)
    await execution.journal.write(call.draft(Kind.TIMER, str(due)))
    return due


def value(execution: Execution, name: str, make: Callable[[str], object]) -> Any:  # noqa: ANN401 - what make returns
    """Return a small value that is made once and recorded with the next event; ``make`` is given the call's key.

    It needs no commit of its own: nothing that is recorded can depend on it before that. A step that is in flight when
    its worker dies runs again, though, so what must stay the same then is made from the key.
    """
    call = execution.enter(name, NO_ARGUMENTS)
    if call.closing is not None:
        return decode(call.closing.body)
    body = encode(make(call.key))
    if not execution.dead:
        execution.journal.add_quietly(call.draft(Kind.VALUE, body))
    return decode(body)


def changed(execution: Execution, name: str) -> bool:
    """Return whether this run takes the new way of a marked change: False where it had gone on before the change."""
    scope = execution.tasks.scope()
    occurrence = scope.names[f"changed {name}"] + 1
    key = f"{scope.path}changed {name}" if occurrence == 1 else f"{scope.path}changed {name}#{occurrence}"
    marked = execution.replay.holds(scope.path, key, scope.position + 1)
    if not marked and execution.replay.has_progress(scope.path):
        # The run had passed this place before the mark was there: it keeps the old way, and no place is counted.
        return False
    return bool(value(execution, f"changed {name}", lambda _: True))
