"""Whose turn it is: replay hands out recorded results in journal order, and notices when nobody can go on.

Counts the run's tasks (the agent's own and one for each open branch) and how many of them wait for us: for their turn,
for their branches, or for the world. When all wait, the run is either stuck (the code no longer makes a recorded call)
or asleep.
"""

import asyncio
from collections.abc import Callable, Sequence

from stratum.runs.records import Event, Kind

_BREATHE_EVERY = 256
_STOPPING = frozenset({Kind.CANCEL, Kind.DEADLINE})


class Turns:
    """The order of one replay, and the count of who waits."""

    def __init__(
        self,
        order: Sequence[Event],
        *,
        may_stop: Callable[[Event], bool],
        stop: Callable[[Event], None],
        stuck: Callable[[], None],
        idle: Callable[[], None],
    ) -> None:
        """Begin before the first of ``order``.

        ``stop`` is called at a recorded cancellation or deadline, once ``may_stop`` says that the code has come as far
        as it was then; ``stuck`` when a replay cannot go on, ``idle`` when replay is over and every task waits for the
        world.
        """
        self._order = order
        self._may_stop = may_stop
        self._stop, self._stuck, self._idle = stop, stuck, idle
        self._loop = asyncio.get_running_loop()
        self._next = 0
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._for_end: list[asyncio.Future[None]] = []
        self._skipped: set[int] = set()
        self._tasks = 0
        self._blocked = 0
        self._pass()

    @property
    def replaying(self) -> bool:
        """Whether recorded results are still to be handed out."""
        return self._next < len(self._order)

    @property
    def all_wait(self) -> bool:
        """Whether no task can go on by itself."""
        return self._tasks > 0 and self._blocked == self._tasks

    async def take(self, seq: int) -> None:
        """Wait until it is the turn of the recorded event ``seq``, and take it."""
        if self._order[self._next].seq != seq:
            future = self._waiting[seq] = self._loop.create_future()
            self.block()
            try:
                await future
            except asyncio.CancelledError:
                if self._waiting.pop(seq, None) is not None:
                    self.unblock()
                self.skip([seq])
                raise
        self._next += 1
        self._pass()
        if self._next % _BREATHE_EVERY == 0:
            # A long replay lets the other runs of this worker breathe.
            await asyncio.sleep(0)

    async def end(self) -> None:
        """Wait until everything recorded has been handed out."""
        if not self.replaying:
            return
        future: asyncio.Future[None] = self._loop.create_future()
        self._for_end.append(future)
        self.block()
        try:
            await future
        except asyncio.CancelledError:
            if future in self._for_end:
                self._for_end.remove(future)
                self.unblock()
            raise

    async def never(self) -> None:
        """Wait until cancelled: the caller's result was recorded, and it did not get it then either."""
        self.block()
        try:
            await self._loop.create_future()
        finally:
            self.unblock()

    def called(self) -> None:
        """Note that the code has made one more call."""
        if self.replaying and self._order[self._next].kind in _STOPPING:
            self._pass()

    def stop_now(self) -> bool:
        """Carry out the recorded cancellation or deadline whose turn it is; False if it is not their turn."""
        if not self.replaying or self._order[self._next].kind not in _STOPPING:
            return False
        event = self._order[self._next]
        self._next += 1
        self._stop(event)
        self._pass()
        return True

    def skip(self, seqs: Sequence[int]) -> None:
        """Leave out the turns of calls that will not be made."""
        if seqs:
            self._skipped.update(seqs)
            self._pass()

    def enter(self) -> None:
        """Count a task that begins."""
        self._tasks += 1

    def leave(self) -> None:
        """Count a task that has ended."""
        self._tasks -= 1
        self._look()

    def block(self) -> None:
        """Count a task that waits for us or for the world."""
        self._blocked += 1
        self._look()

    def unblock(self) -> None:
        """Count a task that can go on."""
        self._blocked -= 1

    def _look(self) -> None:
        if self.all_wait:
            (self._stuck if self.replaying else self._idle)()

    def _pass(self) -> None:
        """Give the turn to whoever is next."""
        while self.replaying:
            event = self._order[self._next]
            if event.kind in _STOPPING:
                if not self._may_stop(event):
                    return
                self._next += 1
                self._stop(event)
            elif event.seq in self._skipped:
                self._next += 1
            else:
                self._wake(self._waiting.pop(event.seq, None))
                return
        waiting, self._for_end = self._for_end, []
        for future in waiting:
            self._wake(future)

    def _wake(self, future: "asyncio.Future[None] | None") -> None:
        if future is not None:
            # Counted also when its task was cancelled and has not noticed yet: the task finds itself no longer noted.
            self.unblock()
            if not future.done():
                future.set_result(None)
