"""Child runs: started in their parent's commit, told to it when they end, cancelled with it unless detached."""

from dataclasses import dataclass
from typing import Any

from stratum.kernel.codec import Shape, decode, encode, fingerprint
from stratum.kernel.errors import InvalidInput, StratumError
from stratum.runs.errors import ChildError
from stratum.runs.execution import Call, Execution
from stratum.runs.machine import Failure, classify
from stratum.runs.records import Draft, Event, InboxItem, Kind, NewRun, Status
from stratum.runs.steps import StepCall, failure_body, step_error

_ID_LETTERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildOptions:
    """How a child run is started."""

    id: str | None
    """Its id; by default one made from its parent's id and the call."""
    detach: bool
    """Whether it lives on by itself: its end is not told to the parent, and it is not cancelled with it."""


def start_child(execution: Execution, name: str, run: NewRun, options: ChildOptions) -> StepCall[str]:
    """Start ``run`` as a child, in one commit with the event that records it; gives its id."""
    call = execution.enter(f"start {name}", fingerprint([run.agent, decode(run.input)]))

    async def start() -> str:
        if call.closing is not None:
            closing: Event | Draft = await execution.recorded(call.closing)
        else:
            await execution.ready()
            closing = await _start(execution, call, run, options)
        if closing.kind == Kind.STEP_FAILED:
            raise step_error(closing)
        return str(decode(closing.body))

    return StepCall(execution, call.key, start)


def child_result(execution: Execution, name: str, child_id: str, shape: Shape[Any]) -> StepCall[Any]:
    """Wait durably until a child has ended and return its result; :class:`ChildError` when it has none."""
    call = execution.enter(f"result {name}", fingerprint(child_id))

    async def run() -> object:
        if call.closing is not None:
            closing: Event | Draft = await execution.recorded(call.closing)
        else:
            await execution.ready()
            closing = await _await_end(execution, call, child_id)
        if closing.kind == Kind.STEP_FAILED:
            raise step_error(closing)
        return shape.decode(closing.body)

    return StepCall(execution, call.key, run)


async def _start(execution: Execution, call: Call, run: NewRun, options: ChildOptions) -> Draft:
    parent = execution.run
    child_id = options.id or f"{parent.fence.run_id}.{fingerprint(call.key)[:_ID_LETTERS]}"
    child = NewRun(
        tenant=parent.fence.tenant,
        id=child_id,
        agent=run.agent,
        version=run.version,
        queue=run.queue,
        input=run.input,
        input_hash=run.input_hash,
        priority=run.priority,
        limit_key=run.limit_key,
        deadline=run.deadline,
        start_at=run.start_at,
        parent=None if options.detach else parent.fence.run_id,
        root=parent.root,
    )
    draft = call.draft(Kind.STEP, encode(child_id))
    try:
        await execution.journal.write(draft, child=child)
    except StratumError as error:
        draft = call.draft(Kind.STEP_FAILED, failure_body(call.key, classify(error), 1))
        await execution.journal.write(draft)
    return draft


async def _await_end(execution: Execution, call: Call, child_id: str) -> Draft:
    def ends(item: InboxItem) -> bool:
        return item.kind == "child" and item.name == child_id

    item = await execution.mailbox.wait(ends, None, execution)
    if item is None:
        message = f"The wait for child {child_id} ended without its end."
        raise InvalidInput(message)
    status, _, body = item.body.partition(":")
    if status == Status.DONE:
        draft = call.draft(Kind.STEP, body)
    else:
        draft = call.draft(Kind.STEP_FAILED, _child_failure(call.key, child_id, status, body))
    await execution.journal.write(draft, takes=item.seq)
    return draft


def _child_failure(key: str, child_id: str, status: str, body: str) -> str:
    facts = decode(body) if body else None
    cause = str(facts.get("cause") or facts.get("message")) if isinstance(facts, dict) else status
    failure = Failure(f"child_{status}", ChildError.disposition, f"child run {child_id} {status}: {cause}")
    return failure_body(key, failure, 1, code=ChildError.code)
