"""A typed handle on one run: its result, its state, and what can be told to it."""

from collections.abc import AsyncIterator
from typing import Any, Generic, NamedTuple, TypeVar

from stratum.kernel.codec import Shape, decode, encode
from stratum.kernel.errors import InvalidInput
from stratum.kernel.limits import NAME_CHARS_MAX
from stratum.runs import Ended, Event, RunCancelled, RunFailed, RunRow, Runs, Status

T = TypeVar("T")


class Streamed(NamedTuple):
    """One piece that a step has streamed."""

    seq: int
    """Its place in the run's stream; a reader that comes back gives it as ``after``."""
    step: str
    """The key of the step."""
    value: Any
    restarts: bool
    """Whether the step is tried again from here: what it streamed before is void."""


class Handle(Generic[T]):
    """One run, seen from outside."""

    def __init__(self, runs: Runs, tenant: str, run_id: str, shape: Shape[T]) -> None:
        self._runs = runs
        self._tenant = tenant
        self._shape = shape
        self.id = run_id

    async def result(self) -> T:
        """Wait until the run has ended and return its result.

        Raises:
            RunFailed: the run failed; the error carries its cause.
            RunCancelled: the run was cancelled.
            UnknownRun: there is no such run.
        """
        ended = await self._runs.ended(self._tenant, self.id)
        if ended.status is Status.DONE:
            return self._shape.decode(ended.body)
        raise outcome_error(ended)

    async def status(self) -> RunRow:
        """Return the run's state now.

        Raises:
            UnknownRun: there is no such run.
        """
        return await self._runs.row(self._tenant, self.id)

    async def history(self) -> list[Event]:
        """Return the run's journal.

        Raises:
            UnknownRun: there is no such run.
        """
        return await self._runs.history(self._tenant, self.id)

    async def stream(self, *, after: int = 0) -> AsyncIterator[Streamed]:
        """Follow what the run's steps stream, from behind the piece ``after``, until the run has ended.

        A piece with ``restarts`` begins a new try of its step: what the step streamed before it is void.

        Raises:
            UnknownRun: there is no such run.
        """
        attempts: dict[str, str] = {}
        async for piece in self._runs.stream(self._tenant, self.id, after):
            restarts = attempts.get(piece.step, piece.attempt) != piece.attempt
            attempts[piece.step] = piece.attempt
            yield Streamed(piece.seq, piece.step, decode(piece.body), restarts)

    async def signal(self, name: str, value: object = None, *, id: str | None = None) -> bool:
        """Tell the run something that it waits for; False when it has ended. The same ``id`` is told once.

        Raises:
            UnknownRun: there is no such run.
            InvalidInput: the value is not JSON, or the name cannot be used.
            Unavailable: the store is away. With an ``id`` it is safe to ask again; without one, where the error is
                CommitUnknown, asking again may tell it twice.
        """
        for what, text in (("name", name), ("id", id)):
            if text is not None and not (text.isprintable() and 1 <= len(text) <= NAME_CHARS_MAX):
                message = f"{text[:40]!r} cannot be a signal's {what}: give 1 to {NAME_CHARS_MAX} printable characters."
                raise InvalidInput(message)
        return await self._runs.signal(self._tenant, self.id, name, encode(value), dedupe=id)

    async def resume(self, why: str = "") -> None:
        """Continue the run after it was parked.

        Raises:
            UnknownRun: there is no such run.
            Refused: the run is not parked.
        """
        await self._runs.resume(self._tenant, self.id, why)

    async def cancel(self, reason: str = "") -> bool:
        """Ask the run to stop; False when it has ended.

        Raises:
            UnknownRun: there is no such run.
        """
        return await self._runs.cancel(self._tenant, self.id, encode(reason))


def outcome_error(ended: Ended) -> Exception:
    """Return the error that a run's end stands for."""
    body = decode(ended.body)
    facts = body if isinstance(body, dict) else {}
    if ended.status is Status.CANCELLED:
        return RunCancelled(f"Run {ended.run_id} was cancelled.")
    cause = str(facts.get("cause", ended.reason))
    message = f"Run {ended.run_id} failed: {facts.get('message', cause)} See `stratum show {ended.run_id}`."
    return RunFailed(message, run_id=ended.run_id, cause=cause, kind=str(facts.get("kind", "unknown")))
