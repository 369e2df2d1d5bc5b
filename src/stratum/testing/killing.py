"""Workers that are killed at a commit of the test's choice, and what a run looks like from outside."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from stratum.app import Stratum
from stratum.kernel.codec import decode
from stratum.runs import Event, Kind
from stratum.runs.rows import lease
from stratum.testing.dying import DyingStore, Kill

_ITS_OWN = {Kind.VALUE, Kind.TIMER}


class DoomedWorker:
    """A worker whose process is killed as ``kill`` says, or when :meth:`die` is called; drained at the end if it lives.

    What its runs were doing is cut off in memory, as a killed process's is. Nobody notices until its lease ends, or
    until :meth:`bury` is called.
    """

    def __init__(self, stratum: Stratum, kill: Kill | None = None, **options: Any) -> None:
        self._stratum = stratum
        self.store = DyingStore(stratum.store, kill)
        self.worker = stratum.worker(store=self.store, **options)
        self.store.on_death = self.worker.abandon
        self._entering: asyncio.Task[Any] | None = None

    def die(self) -> None:
        """Kill it now."""
        self.store.die()

    async def bury(self) -> int:
        """Have its death noticed; return how many runs it held."""
        return await self._stratum.store.write(lease.bury, self.worker.id)

    async def __aenter__(self) -> Self:
        # Its very first write may be its last, and then entering never ends.
        self._entering = asyncio.create_task(self.worker.__aenter__())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.store.dead.is_set():
            if self._entering is not None:
                self._entering.cancel()
                await asyncio.gather(self._entering, return_exceptions=True)
        else:
            self.store.spare()
            self.store.thaw()
            if self._entering is not None:
                await self._entering
            await self.worker.drain()


class Line(NamedTuple):
    """One event of a journal, without what differs from run to run."""

    kind: str
    key: str
    position: int
    args_hash: str
    body: object


def by_scope(events: Sequence[Event]) -> dict[str, list[Line]]:
    """Return a journal by scope, in order within each.

    Branches run side by side, so the order among scopes is chance. Times, and values that a run draws for itself, are
    left out; so are notes on results whose caller was cancelled before it got them.
    """
    scopes: dict[str, list[Line]] = {}
    for event in events:
        if event.kind != Kind.LEFT:
            scope = event.key[: event.key.rfind("/") + 1]
            scopes.setdefault(scope, []).append(_line(event))
    return scopes


def closed_keys(events: Sequence[Event]) -> Counter[str]:
    """Return the keys of the steps that are done, each with how many results it has: more than one is a fault."""
    return Counter(event.key for event in events if event.kind in {Kind.STEP, Kind.STEP_FAILED})


def _line(event: Event) -> Line:
    body: object = None if event.kind in _ITS_OWN else decode(event.body)
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in {"next_at", "trace"}}
    return Line(event.kind, event.key, event.position, event.args_hash, body)
