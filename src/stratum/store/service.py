"""The store: whole transactions on database threads, awaited from the event loop.

    await store.read(fn, *args)          fn(tx, *args), in a transaction that only reads
    await store.write(fn, *args)         fn(tx, *args), committed together with whatever else waits
    await store.write_each(fn, item)     fn(tx, items) once for all items that wait for the same fn
    store.submit_each(fn, item, done)    the same with a callback, for the hot path

``fn`` is a plain function that touches nothing but ``tx``; it may run twice.
"""

import asyncio
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any, TypeVar, TypeVarTuple

from stratum.kernel.errors import StratumError
from stratum.store.batch import Entry, Outcome, Session
from stratum.store.threads import DatabaseThread, Inbox, Lookout
from stratum.store.tx import Features, Tx
from stratum.store.wake import Wake, WakeHub

Args = TypeVarTuple("Args")
Item = TypeVar("Item")
R = TypeVar("R")

PENDING_MAX = 20_000
"""The most writes that wait at once; further callers wait before they are taken in."""

Done = Callable[[Any, BaseException | None], None]


class StoreClosed(StratumError):
    """The store was closed before this was asked of it."""

    code = "store_closed"


class Store:
    """An open store. Made by :func:`stratum.store.open_store`; belongs to the event loop that opened it."""

    def __init__(self, features: Features) -> None:
        self.features = features
        self._hub = WakeHub()
        self._loop = asyncio.get_running_loop()
        self._writes: Inbox = SimpleQueue()
        self._reads: Inbox = SimpleQueue()
        self._writers: list[DatabaseThread] = []
        self._readers: list[DatabaseThread] = []
        self._tell: Callable[[Sequence[str]], None] | None = None
        self._closers: list[Callable[[], None]] = []
        self._gathered: list[Entry] = []
        self._pending = 0
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False

    async def read(self, function: Callable[[Tx, *Args], R], *args: *Args, tenants: Sequence[str] = ()) -> R:
        """Run ``function(tx, *args)`` in a transaction that only reads, and return its result.

        Raises:
            Unavailable: the database cannot be read now.
        """
        await self._room.wait()
        future: asyncio.Future[R] = self._loop.create_future()
        entry = Entry(function, args, False, False, tuple(tenants), _settles(future))
        self._take_in()
        self._reads.put([entry])
        return await future

    async def write(
        self, function: Callable[[Tx, *Args], R], *args: *Args, tenants: Sequence[str] = (), flush: bool = True
    ) -> R:
        """Run ``function(tx, *args)`` and return its result once it is committed, on disk unless ``flush`` is off.

        Raises:
            Unavailable: the database takes no writes now; nothing was kept.
        """
        await self._room.wait()
        future: asyncio.Future[R] = self._loop.create_future()
        self._submit(Entry(function, args, False, flush, tuple(tenants), _settles(future)))
        return await future

    async def write_each(
        self,
        function: Callable[[Tx, list[Item]], Sequence[R | BaseException]],
        item: Item,
        *,
        tenants: Sequence[str] = (),
        flush: bool = True,
    ) -> R:
        """Run ``function(tx, items)`` once for all items that wait for it; return this item's result.

        Raises:
            Unavailable: the database takes no writes now; nothing was kept.
        """
        await self._room.wait()
        future: asyncio.Future[R] = self._loop.create_future()
        self.submit_each(function, item, _settles(future), tenants=tenants, flush=flush)
        return await future

    def submit_each(
        self,
        function: Callable[[Tx, list[Item]], Sequence[object]],
        item: Item,
        done: Done,
        *,
        tenants: Sequence[str] = (),
        flush: bool = True,
    ) -> None:
        """As :meth:`write_each`, but call ``done(result, error)`` on the event loop instead of being awaited."""
        self._submit(Entry(function, (item,), True, flush, tuple(tenants), done))

    def subscribe(self, *topics: str) -> Wake:
        """Return a waiter for ``topics``; enter it before the first look."""
        return Wake(self._hub, topics, self._wake_threads)

    async def close(self) -> None:
        """Finish what was asked, then close every connection."""
        if self._closed:
            return
        self._flush_gathered()
        self._closed = True
        for inbox, threads in ((self._writes, self._writers), (self._reads, self._readers)):
            for _ in threads:
                inbox.put(None)
            for thread in threads:
                await asyncio.to_thread(thread.join)
        for closer in self._closers:
            await asyncio.to_thread(closer)

    def add_writer(self, name: str, connect: Callable[[], Session], lookout: Lookout | None = None) -> None:
        """Start a thread that writes."""
        self._writers.append(DatabaseThread(name, self._writes, connect, self._deliver, lookout))

    def add_reader(self, name: str, connect: Callable[[], Session]) -> None:
        """Start a thread that reads."""
        self._readers.append(DatabaseThread(name, self._reads, connect, self._deliver))

    def tell_others(self, tell: Callable[[Sequence[str]], None]) -> None:
        """Have ``tell`` called, on a database thread, with the topics of each commit."""
        self._tell = tell

    def on_close(self, closer: Callable[[], None]) -> None:
        """Have ``closer`` called, on a thread, after the last transaction."""
        self._closers.append(closer)

    def heard(self, topics: Sequence[str] | None) -> None:
        """Hint the waiters of ``topics``, or everybody for None; may be called on any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hint, topics)

    def waiters(self) -> int:
        """Return how many wait for a hint."""
        return self._hub.count

    def _take_in(self) -> None:
        if self._closed:
            message = "The store is closed. Open it again, and keep it open for as long as it is used."
            raise StoreClosed(message)
        self._pending += 1
        if self._pending >= PENDING_MAX:
            self._room.clear()

    def _submit(self, entry: Entry) -> None:
        self._take_in()
        # All that this turn of the loop asks for goes to the writer together, so that it shares one commit.
        if not self._gathered:
            self._loop.call_soon(self._flush_gathered)
        self._gathered.append(entry)

    def _flush_gathered(self) -> None:
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            self._writes.put(gathered)

    def _deliver(self, outcomes: list[Outcome], topics: list[str]) -> None:
        """Hand what became of a batch to the event loop. Runs on a database thread."""
        if topics and self._tell is not None:
            self._tell(topics)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._settle, outcomes, topics)

    def _settle(self, outcomes: list[Outcome], topics: list[str]) -> None:
        for outcome in outcomes:
            outcome.entry.done(outcome.value, outcome.error)
        self._hub.hint(topics)
        self._pending -= len(outcomes)
        if self._pending < PENDING_MAX:
            self._room.set()

    def _hint(self, topics: Sequence[str] | None) -> None:
        if topics is None:
            self._hub.hint_all()
        else:
            self._hub.hint(topics)

    def _wake_threads(self) -> None:
        for _ in self._writers:
            self._writes.put([])


def _settles(future: "asyncio.Future[Any]") -> Done:
    def settle(value: object, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)

    return settle
