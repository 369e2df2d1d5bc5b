"""The database threads: each owns one connection and runs whole transactions, so that no await can fall inside one."""

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Protocol

from stratum.store.batch import BATCH_MAX, Entry, Outcome, Session, fail_all, run_batch
from stratum.store.errors import StoreReadOnly, StoreUnreachable

Inbox = SimpleQueue[list[Entry] | None]
Deliver = Callable[[list[Outcome], list[str]], None]

_LOOK_SECONDS = 0.02


class Lookout(Protocol):
    """What an idle database thread watches for: commits of other processes."""

    def wanted(self) -> bool:
        """Return whether anybody waits for news."""
        ...

    def look(self, session: Session) -> None:
        """Look once."""
        ...


class DatabaseThread:
    """Takes entries from an inbox, runs them in batches, and delivers what became of them.

    It connects when there is something to do. A connection on which the database could not serve is given up, and the
    next batch gets a new one: the server may have moved, or the file may be another by then.
    """

    def __init__(
        self,
        name: str,
        inbox: Inbox,
        connect: Callable[[], Session],
        deliver: Deliver,
        *,
        batch_max: int = BATCH_MAX,
        lookout: Lookout | None = None,
    ) -> None:
        self._inbox = inbox
        self._connect = connect
        self._deliver = deliver
        self._batch_max = batch_max
        self._lookout = lookout
        self._session: Session | None = None
        self._running: list[Entry] = []
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait until the thread has ended, after a ``None`` in its inbox; at most so long. Return whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def give_up(self) -> list[Outcome]:
        """Return what became of all that waits when our turn to write does not come; called on another thread."""
        session = self._session
        error = None if session is None else session.give_up()
        # What runs is asked for afterwards: it is the batch that was given up, and no earlier one.
        return [] if error is None else fail_all([*self._running, *self._drained()], error)

    def _work(self) -> None:
        while (entries := self._take()) is not None:
            for start in range(0, len(entries), self._batch_max):
                self._run(entries[start : start + self._batch_max])
            if self._lookout is not None and self._lookout.wanted():
                self._look(self._lookout)
        self._disconnect()

    def _take(self) -> list[Entry] | None:
        """Return what waits, an empty list when it is time to look around, or None at the end."""
        try:
            looking = self._lookout is not None and self._lookout.wanted()
            first = self._inbox.get(timeout=_LOOK_SECONDS if looking else None)
        except Empty:
            return []
        return first if first is None else first + self._more(self._batch_max - len(first))

    def _more(self, room: int) -> list[Entry]:
        found: list[Entry] = []
        while len(found) < room:
            try:
                entries = self._inbox.get_nowait()
            except Empty:
                break
            if entries is None:
                self._inbox.put(None)
                break
            found += entries
        return found

    def _drained(self) -> list[Entry]:
        found = self._more(BATCH_MAX)
        while more := self._more(BATCH_MAX):
            found += more
        return found

    def _run(self, entries: list[Entry]) -> None:
        self._running = entries
        try:
            outcomes, topics = self._attempt(entries)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, and the thread lives on
            outcomes, topics = fail_all(entries, error), []
        self._deliver(outcomes, topics)

    def _attempt(self, entries: list[Entry], *, last: bool = False) -> tuple[list[Outcome], list[str]]:
        """Run a batch, once more on a new connection if the one at hand turns out to be broken."""
        try:
            return run_batch(self._connected(), entries)
        except Exception as error:
            had_connection = self._session is not None
            self._disconnect()
            if last or not had_connection or not isinstance(error, StoreUnreachable | StoreReadOnly):
                raise
        return self._attempt(entries, last=True)

    def _look(self, lookout: Lookout) -> None:
        try:
            lookout.look(self._connected())
        except Exception:  # noqa: BLE001 - a hint is lost, nothing else; whoever asks for something is told why
            self._disconnect()

    def _connected(self) -> Session:
        if self._session is None:
            self._session = self._connect()
        return self._session

    def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(Exception):
                session.close()
