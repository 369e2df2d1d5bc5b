"""A step: one named call of the author's function, recorded once, retried with backoff until it is."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from datetime import timedelta
from types import FunctionType, MethodType
from typing import Any, Generic, NamedTuple, TypeVar

from stratum.kernel.codec import decode, encode, fingerprint, positional, shape_of_result
from stratum.kernel.errors import Disposition, InvalidInput
from stratum.kernel.limits import ERROR_CHARS_MAX
from stratum.runs.errors import ChildError, Misused, StepError, WaitExpired
from stratum.runs.execution import Call, Execution
from stratum.runs.machine import Failure, Retry, classify, delay_ms
from stratum.runs.records import Draft, Event, Kind, Part

T = TypeVar("T")

NO_ARGUMENTS = fingerprint([])
STEP_ERRORS: dict[str, type[StepError]] = {kind.code: kind for kind in (StepError, WaitExpired, ChildError)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOptions:
    """How a step is carried out."""

    retry: Retry
    timeout: timedelta | None = None
    """The longest that one try may take."""
    parts: tuple[Part, ...] = ()
    """What commits together with the result."""


class Work(NamedTuple):
    """What a step calls."""

    function: Callable[..., Any]
    args: tuple[Any, ...]


class StepCall(Generic[T]):
    """A call that was made and can be awaited, once."""

    def __init__(self, execution: Execution, key: str, run: Callable[[], Awaitable[T]]) -> None:
        self._execution = execution
        self._key = key
        self._run = run
        self._awaited = False
        execution.unawaited.add(key)

    def __await__(self) -> Generator[Any, None, T]:
        """Carry the call out, or return what was recorded of it.

        Raises:
            Misused: it was awaited before.
        """
        if self._awaited:
            message = f"The call {self._key!r} was awaited twice. Keep its result, or make a second call."
            raise Misused(message)
        self._awaited = True
        self._execution.unawaited.discard(self._key)
        return self._run().__await__()


def step(
    execution: Execution, name: str, function: Callable[..., Any], args: tuple[Any, ...], options: StepOptions
) -> StepCall[Any]:
    """Call ``function(*args)`` as a step of the run."""
    # A result type that cannot be decoded is refused before anything is done.
    shape = shape_of_result(function)
    call = execution.enter(name, fingerprint(args) if args else NO_ARGUMENTS)

    async def run() -> object:
        if call.closing is not None:
            closing: Event | Draft = await execution.recorded(call.closing)
        else:
            closing = await _perform(execution, call, Work(function, args), options)
        if closing.kind == Kind.STEP_FAILED:
            raise step_error(closing)
        return shape.decode(closing.body)

    return StepCall(execution, call.key, run)


async def _perform(execution: Execution, call: Call, work: Work, options: StepOptions) -> Draft:
    """Try until the step succeeds or no try is left; record which."""
    await execution.ready()
    opening = call.recorded.opening if call.recorded else None
    if opening is not None and opening.kind == Kind.EDITED:
        # An operator forked the run here with other arguments.
        given = decode(opening.body)
        work = work._replace(args=positional(work.function, given if isinstance(given, list) else [given]))
    tried = len(call.recorded.attempts) if call.recorded else 0
    if tried and call.recorded:
        await execution.until(int(_object(call.recorded.attempts[-1].body)["next_at"]))
    while True:
        # Again before each try: meanwhile the run may have been told to stop, or be about to be put to sleep.
        await execution.ready()
        with execution.in_flight():
            draft, next_at = await _attempt(execution, call, work, options, tried)
        await execution.alive()
        if next_at is None:
            return draft
        tried += 1
        await execution.until(next_at)


async def _attempt(
    execution: Execution, call: Call, work: Work, options: StepOptions, tried: int
) -> tuple[Draft, int | None]:
    """Try once, record what came of it, and return that and when to try again, if ever."""
    began = execution.around.clock.monotonic()
    wishes = _wishes_to_cancel()
    execution.stream.begin(call.key)
    with execution.tasks.inside_step(call.key):
        outcome = await _try(execution, work, options)
    # A run that was taken away while its step was carried out records nothing, neither a result nor a failure.
    await execution.ours()
    took = int((execution.around.clock.monotonic() - began) * 1000)
    # The step's function may have caught the cancellation that was meant for the whole run.
    swallowed = _wishes_to_cancel() > wishes
    if isinstance(outcome, str):
        draft = call.draft(Kind.STEP, outcome, took)
        await execution.journal.write(draft, parts=options.parts, left=swallowed)
        if not swallowed:
            return draft, None
    if swallowed or isinstance(outcome, str):
        raise asyncio.CancelledError
    wait = delay_ms(options.retry, outcome, tried=tried + 1, fraction=execution.around.chance.fraction())
    if wait is None:
        draft = call.draft(Kind.STEP_FAILED, failure_body(call.key, outcome, tried + 1), took)
        await execution.journal.write(draft)
        return draft, None
    next_at = execution.around.clock.now() + wait
    note = encode({"cause": outcome.cause[:ERROR_CHARS_MAX], "kind": outcome.kind, "next_at": next_at})
    draft = call.draft(Kind.ATTEMPT, note, took)
    await execution.journal.write(draft)
    return draft, next_at


async def _try(execution: Execution, work: Work, options: StepOptions) -> str | Failure:
    wishes = _wishes_to_cancel()
    try:
        if options.timeout is None:
            return encode(await _carry_out(execution, work))
        async with asyncio.timeout(options.timeout.total_seconds()):
            value = await _carry_out(execution, work)
        return encode(value)
    except asyncio.CancelledError as error:
        if _wishes_to_cancel() > wishes:
            raise
        # Nobody cancelled this run: something inside the step did cancel itself, which is a failure like any other.
        return classify(error)
    except Exception as error:  # noqa: BLE001 - whatever a step raises is classified and recorded
        return classify(error)


async def _carry_out(execution: Execution, work: Work) -> object:
    if _is_async(work.function):
        return await work.function(*work.args)
    value = await execution.around.to_thread(work.function, *work.args)
    return await value if inspect.isawaitable(value) else value


def _is_async(function: Callable[..., Any]) -> bool:
    # The inspect module looks at much more, and a cache would keep alive whatever a step's lambda closes over.
    if isinstance(function, FunctionType | MethodType):
        return bool(function.__code__.co_flags & inspect.CO_COROUTINE)
    return inspect.iscoroutinefunction(function)


def _wishes_to_cancel() -> int:
    """Return how often the current task was told to stop."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def failure_body(key: str, failure: Failure, tried: int, code: str = StepError.code) -> str:
    """Return what the journal keeps of a step that failed for good."""
    tries = "once" if tried == 1 else f"{tried} times"
    message = f"Step {key!r} failed ({failure.kind}) after it was tried {tries}: {failure.cause}"
    return encode({
        "code": code, "message": message[:ERROR_CHARS_MAX], "step": key,
        "cause": failure.cause[:ERROR_CHARS_MAX], "kind": failure.kind, "disposition": failure.disposition,
        "tried": tried,
    })  # fmt: skip


def step_error(event: Event | Draft) -> StepError:
    """Return the error that a recorded failure stands for; the same live and on replay."""
    body = _object(event.body)
    kind = STEP_ERRORS.get(str(body["code"]), StepError)
    return kind(
        str(body["message"]),
        step=str(body["step"]),
        cause=str(body["cause"]),
        kind=str(body["kind"]),
        disposition=Disposition(str(body["disposition"])),
    )


def _object(text: str) -> dict[str, Any]:
    value = decode(text)
    if not isinstance(value, dict):
        message = f"A journal entry is damaged: {text[:80]!r} is not an object. Run: stratum doctor"
        raise InvalidInput(message)
    return value
