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

from stratum.kernel.tenant import check_tenant
from stratum.store.batch import Entry, Outcome, Session
from stratum.store.errors import StoreClosed
from stratum.store.threads import DatabaseThread, Inbox, Lookout
from stratum.store.tx import Features, Tx
from stratum.store.wake import Wake, WakeHub

Args = TypeVarTuple("Args")
Item = TypeVar("Item")
R = TypeVar("R")

PENDING_MAX = 20_000
"""As soon as so much waits, further callers of ``read``, ``write`` and ``write_each`` wait before they are taken in."""

# Few, so that readers share the work, and none keeps one view of the database for long.
_READS_AT_ONCE = 8
_WATCH_SECONDS = 0.5
_PENDING_AGAIN = PENDING_MAX // 2

Done = Callable[[Any, BaseException | None], None]


class Store:
    """An open store. Made by :func:`stratum.store.open_store`; belongs to the event loop that opened it."""

    def __init__(self, features: Features) -> None:
        self.features = features
        self.flushes = 0
        """How many commits were flushed to disk since the store was opened."""
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
        self._watching = False
        self._closing: asyncio.Task[None] | None = None

    async def read(self, function: Callable[[Tx, *Args], R], *args: *Args, tenants: Sequence[str] = ()) -> R:
        """Run ``function(tx, *args)`` in a transaction that only reads, and return its result.

        Raises:
            Unavailable: the database cannot be read now.
        """
        await self._admission()
        future: asyncio.Future[R] = self._loop.create_future()
        entry = Entry(function, args, each=False, flush=False, tenants=tuple(tenants), done=_settles(future))
        self._take_in(entry)
        self._reads.put([entry])
        return await future

    async def write(
        self, function: Callable[[Tx, *Args], R], *args: *Args, tenants: Sequence[str] = (), flush: bool = True
    ) -> R:
        """Run ``function(tx, *args)`` and return its result once it is committed, on disk unless ``flush`` is off.

        Raises:
            Unavailable: the database takes no writes now; nothing was kept.
            CommitUnknown: the connection broke during the commit; all was kept, or nothing.
        """
        await self._admission()
        future: asyncio.Future[R] = self._loop.create_future()
        self._submit(Entry(function, args, each=False, flush=flush, tenants=tuple(tenants), done=_settles(future)))
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
            CommitUnknown: the connection broke during the commit; all was kept, or nothing.
        """
        await self._admission()
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
        entry = Entry(function, (item,), True, flush, tuple(tenants), done)  # noqa: FBT003 - by place it is much quicker
        self._submit(entry)

    def subscribe(self, *topics: str) -> Wake:
        """Return a waiter for ``topics``; enter it before the first look."""
        return Wake(self._hub, topics, self._wake_threads)

    async def close(self) -> None:
        """Finish what was asked, then close every connection."""
        if self._closing is None:
            self._flush_gathered()
            self._closing = asyncio.create_task(self._close())
        # Whoever is cancelled stops waiting; the closing goes on.
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        for inbox, threads in ((self._writes, self._writers), (self._reads, self._readers)):
            for _ in threads:
                inbox.put(None)
            for thread in threads:
                while not await asyncio.to_thread(thread.join, _WATCH_SECONDS):
                    if stuck := thread.give_up():
                        # Its turn to write does not come. It ends by itself when it has come after all.
                        self._settle(stuck, [])
                        break
        for closer in self._closers:
            await asyncio.to_thread(closer)

    def add_writer(self, name: str, connect: Callable[[], Session], lookout: Lookout | None = None) -> None:
        """Start a thread that writes."""
        self._writers.append(DatabaseThread(name, self._writes, connect, self._deliver, lookout=lookout))

    def add_reader(self, name: str, connect: Callable[[], Session]) -> None:
        """Start a thread that reads."""
        self._readers.append(DatabaseThread(name, self._reads, connect, self._deliver, batch_max=_READS_AT_ONCE))

    def tell_others(self, tell: Callable[[Sequence[str]], None]) -> None:
        """Have ``tell`` called, on a database thread, with the topics of each commit."""
        self._tell = tell

    def on_close(self, closer: Callable[[], None]) -> None:
        """Have ``closer`` called, on a thread, after the last transaction."""
        self._closers.append(closer)

    def heard(self, topics: Sequence[str] | None) -> None:
        """Hint the waiters of ``topics``, or everybody for None; may be called on any thread."""
        self._call_soon(self._hint, topics)

    def waiters(self) -> int:
        """Return how many wait for a hint."""
        return self._hub.count

    async def _admission(self) -> None:
        while self._pending >= PENDING_MAX:
            self._room.clear()
            await self._room.wait()

    def _take_in(self, entry: Entry) -> None:
        if self._closing is not None:
            message = "The store is closed. Open it again, and keep it open for as long as it is used."
            raise StoreClosed(message)
        # One tenant that cannot be would spoil the whole batch.
        for tenant in entry.tenants:
            check_tenant(tenant)
        self._pending += 1
        if not self._watching:
            self._watching = True
            self._loop.call_later(_WATCH_SECONDS, self._watch)

    def _submit(self, entry: Entry) -> None:
        self._take_in(entry)
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
        self._call_soon(self._settle, outcomes, topics)
        if topics and self._tell is not None:
            self._tell(topics)

    def _call_soon(self, function: Callable[..., None], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:
            # A loop that was closed before the store has nobody left who waits.
            return

    def _settle(self, outcomes: list[Outcome], topics: list[str]) -> None:
        self.flushes += any(outcome.entry.flush and outcome.error is None for outcome in outcomes)
        for outcome in outcomes:
            entry = outcome.entry
            if entry.settled:
                continue
            entry.settled = True
            self._pending -= 1
            try:
                entry.done(outcome.value, outcome.error)
            except Exception as error:  # noqa: BLE001 - one callback that fails must not keep the others from theirs
                context = {"message": f"The callback of {entry.function!r} failed.", "exception": error}
                self._loop.call_exception_handler(context)
        if self._pending <= _PENDING_AGAIN:
            self._room.set()
        self._hub.hint(topics)

    def _watch(self) -> None:
        """Look whether what waits gets its turn, for as long as anything waits."""
        for writer in self._writers:
            self._settle(writer.give_up(), [])
        self._watching = self._pending > 0
        if self._watching:
            self._loop.call_later(_WATCH_SECONDS, self._watch)

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
