"""Parallel branches: each a task with a scope of its own, so that completion order never matters to replay."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NamedTuple

from stratum.kernel.codec import encode
from stratum.runs.execution import Call, Execution
from stratum.runs.records import Kind

BRANCHES_MAX = 100_000
"""The most branches of one gather, map or first."""


class Branch(NamedTuple):
    """One branch that is to be started."""

    path: str
    body: Callable[[], Awaitable[Any]] | Coroutine[Any, Any, Any]


class Branches:
    """Some branches of one run, started in order and at most ``limit`` at a time."""

    def __init__(self, execution: Execution, branches: Sequence[Branch], *, limit: int, collect: bool) -> None:
        """Prepare; with ``collect`` a branch that fails leaves its error as its result and stops nothing."""
        self._execution = execution
        self._branches = branches
        self._limit = limit
        self._collect = collect
        self._started = 0
        self._open: dict[asyncio.Task[Any], int] = {}
        self._stopped = False
        self._until_first = False
        self._decided: int | None = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.results: list[Any] = [None] * len(branches)
        self.winner: int | None = None
        """The branch that ended first."""
        self.error: BaseException | None = None

    async def run(self, *, until_first: bool = False, decided: int | None = None) -> None:
        """Run the branches to their end, or until the first has ended; no branch outlives this call.

        ``decided`` is the number of the branch that was the first when this was recorded.
        """
        if not self._branches:
            return
        self._until_first = until_first
        self._decided = decided
        turns = self._execution.turns
        self._fill()
        turns.block()
        try:
            await asyncio.shield(self._over)
        except asyncio.CancelledError:
            if not self._over.done():
                await self._abandon()
            raise

    def _fill(self) -> None:
        while not self._stopped and self._started < len(self._branches) and len(self._open) < self._limit:
            index = self._started
            self._started += 1
            branch = self._branches[index]
            body = _as_coroutine(branch.body) if callable(branch.body) else branch.body
            task = self._execution.branch(body, branch.path)
            self._open[task] = index
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        index = self._open.pop(task)
        self._note(task, index)
        self._fill()
        if not self._open and not self._over.done():
            # The parent is counted as able to go on before the branch is counted out: nobody seems stuck between.
            self._execution.turns.unblock()
            self._over.set_result(None)
        self._execution.branch_ended(task)

    def _note(self, task: "asyncio.Task[Any]", index: int) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if self._stopped or (self._decided is not None and index != self._decided):
            return
        if self.winner is None:
            self.winner = index
        if error is None:
            self.results[index] = task.result()
        elif self._collect and isinstance(error, Exception):
            self.results[index] = error
        else:
            self.error = error
        if self.error is not None or self._until_first:
            self._stop()

    def _stop(self) -> None:
        self._stopped = True
        self._execution.tasks.cancel_below(_shared_path(self._branches[0]))
        for branch in self._branches[self._started :]:
            self._execution.excuse(branch.path)

    async def _abandon(self) -> None:
        """The parent is cancelled: take the branches down with it."""
        self._stop()
        while not self._over.done():
            await asyncio.wait({self._over})


async def gather(execution: Execution, branches: Sequence[Branch], *, limit: int, collect: bool) -> list[Any]:
    """Run all branches and return their results in order; the first error stops the others and is raised."""
    group = Branches(execution, branches, limit=limit, collect=collect)
    await group.run()
    if group.error is not None:
        raise group.error
    return group.results


async def first(execution: Execution, call: Call, branches: Sequence[Branch]) -> tuple[int, Any]:
    """Run all branches until one ends, stop the others, and return its number and result; the winner is recorded."""
    group = Branches(execution, branches, limit=len(branches), collect=False)
    closing = call.closing
    await group.run(until_first=True, decided=None if closing is None else int(closing.body))
    if closing is not None:
        await execution.recorded(closing)
    else:
        await execution.ready()
        body = encode(group.winner)
        await execution.journal.write(call.draft(Kind.STEP, body))
    if group.error is not None:
        raise group.error
    return group.winner or 0, group.results[group.winner or 0]


def _shared_path(branch: Branch) -> str:
    """Return how the paths of a branch and of all its siblings begin: ``a/map f[`` for ``a/map f[3]/``."""
    outer, slash, name = branch.path[:-1].rpartition("/")
    return f"{outer}{slash}{name.partition('[')[0]}["


async def _as_coroutine(body: Callable[[], Awaitable[Any]]) -> object:
    return await body()
