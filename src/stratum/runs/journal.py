"""One run's journal on its worker: what the run's calls want to record, appended in order, one append at a time.

Calls that finish while an append is on its way are recorded together by the next one. When the store is away the
append is asked again until it is answered; the fence makes asking twice harmless.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from stratum.kernel.errors import Unavailable
from stratum.runs.errors import Fenced
from stratum.runs.records import CLOSING, Append, Draft, Fence, Kind, NewRun, Part, Release
from stratum.runs.rows.append import UNREAD

_AGAIN_SECONDS = 0.25

Done = Callable[[int | None, BaseException | None], None]


class Commit(Protocol):
    """Appends to a run's journal, together with whatever else the floor above lets a step commit."""

    def __call__(self, append: Append, done: Done, /) -> None:
        """Begin; ``done(head, error)`` is called on the event loop."""
        ...


@dataclass(slots=True)
class Entry:
    """One event on its way into the journal."""

    draft: Draft
    future: "asyncio.Future[None] | None"
    takes: int | None = None
    parts: tuple[Part, ...] = ()
    child: NewRun | None = None


class Journal:
    """Appends a run's events; knows how far the journal is, and whether this worker may still write it."""

    def __init__(
        self,
        fence: Fence,
        head: int,
        commit: Commit,
        *,
        lost: Callable[[BaseException], None],
        paused: Callable[[BaseException | None], None],
    ) -> None:
        """Begin at ``head``; ``lost`` is called once when the run may no longer be written from here.

        ``paused`` is told when the store is away, and with None when it answers again.
        """
        self.fence = fence
        self.head = head
        self._commit = commit
        self._lost = lost
        self._paused = paused
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Entry] = []
        self._flying: list[Entry] = []
        self._append: Append | None = None
        self._release: tuple[Release, int, asyncio.Future[bool]] | None = None
        self._one_by_one = 0
        self._away = False
        self.closed = False
        """Whether the run was released or lost: nothing can be recorded any more."""
        self.failure: BaseException | None = None
        """The error, other than losing the run, for which nothing can be recorded any more."""
        self.abandoned = False
        """Whether the run is about to be left, so that its code is stopped without having been cancelled."""

    def add(self, entry: Entry) -> None:
        """Record one event soon; its future is resolved once it is committed."""
        self._waiting.append(entry)
        if self._append is None:
            self._flush()

    def add_quietly(self, draft: Draft) -> None:
        """Record an event with the next append, whenever that is: nothing outside can know of it before."""
        self._waiting.append(Entry(draft, None))

    async def write(
        self,
        draft: Draft,
        *,
        takes: int | None = None,
        parts: tuple[Part, ...] = (),
        child: NewRun | None = None,
        left: bool = False,
    ) -> None:
        """Record one event and wait until it is committed; with ``left`` its caller will not get the result."""
        future: asyncio.Future[None] = self._loop.create_future()
        self.add(Entry(draft, future, takes, parts, child))
        if left:
            self.add_quietly(draft._replace(kind=Kind.LEFT, body="null"))
        try:
            await future
        except asyncio.CancelledError:
            if draft.kind in CLOSING and not (left or self.closed or self.abandoned):
                # The result is recorded and its caller will not get it; a replay must not hand it out either.
                self.add_quietly(draft._replace(kind=Kind.LEFT, body="null"))
            raise

    async def release(self, release: Release, draft: Draft | None, *, inbox: int) -> bool:
        """Let go of the run, with a last event; False when it was told something that it has not read."""
        if draft is not None:
            self.add_quietly(draft)
        future: asyncio.Future[bool] = self._loop.create_future()
        self._release = (release, inbox, future)
        if self._append is None:
            self._flush()
        return await future

    def _flush(self) -> None:
        """Send everything that waits as one append."""
        if self.closed or not (self._waiting or self._release):
            return
        count = 1 if self._one_by_one else len(self._waiting)
        self._flying, self._waiting = self._waiting[:count], self._waiting[count:]
        self._one_by_one = max(0, self._one_by_one - 1)
        leaving = self._release if not self._waiting else None
        release, inbox = (leaving[0], leaving[1]) if leaving else (None, 0)
        self._append = Append(
            fence=self.fence,
            head=self.head,
            events=tuple(entry.draft for entry in self._flying),
            taken=tuple(
                (entry.takes, self.head + place)
                for place, entry in enumerate(self._flying, 1)
                if entry.takes is not None
            ),
            release=release,
            inbox=inbox,
            parts=tuple(part for entry in self._flying for part in entry.parts),
            children=tuple(entry.child for entry in self._flying if entry.child is not None),
        )
        self._commit(self._append, self._answered)

    def _answered(self, head: int | None, error: BaseException | None) -> None:
        append = self._append
        if append is None:
            return
        if isinstance(error, Unavailable):
            self._away = True
            self._paused(error)
            self._loop.call_later(_AGAIN_SECONDS, self._commit, append, self._answered)
            return
        if self._away:
            self._away = False
            self._paused(None)
        self._append = None
        if isinstance(error, Exception) and not isinstance(error, Fenced):
            self._refused(error)
        elif error is not None or head is None:
            self._stop(error or Fenced(f"Run {self.fence.run_id} gave no answer."))
        elif head == UNREAD:
            self._put_back()
        else:
            self._done(append, head)
        self._flush()

    def _done(self, append: Append, head: int) -> None:
        self.head = head
        flying, self._flying = self._flying, []
        if append.release is not None and self._release is not None:
            self.closed = True
            _resolve(self._release[2], result=True)
        for entry in flying:
            if entry.future is not None and not entry.future.done():
                entry.future.set_result(None)

    def _put_back(self) -> None:
        """The run may not sleep yet: keep its events for the next append, and say so."""
        self._waiting, self._flying = self._flying + self._waiting, []
        release, self._release = self._release, None
        if release is not None:
            _resolve(release[2], result=False)

    def _refused(self, error: Exception) -> None:
        """Some event was refused, and nothing was written: whoever asked for that event is told."""
        flying, self._flying = self._flying, []
        if len(flying) > 1:
            self._one_by_one = len(flying)
            self._waiting = flying + self._waiting
            return
        asking = [entry.future for entry in flying if entry.future is not None]
        if not asking:
            # Nobody waits for what was refused, so nobody could do anything about it.
            self._stop(error)
        for future in asking:
            if not future.done():
                future.set_exception(error)

    def _stop(self, error: BaseException) -> None:
        self.closed = True
        if not isinstance(error, Fenced):
            self.failure = error
        flying, self._flying = self._flying + self._waiting, []
        self._waiting = []
        for entry in flying:
            if entry.future is not None:
                entry.future.cancel()
        if self._release is not None:
            _resolve(self._release[2], result=True)
        self._lost(error)


def _resolve(future: "asyncio.Future[bool]", *, result: bool) -> None:
    if not future.done():
        future.set_result(result)
