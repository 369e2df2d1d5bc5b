"""SQLite: one writer thread a file and process, one queue for the writers of all processes."""

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import apsw

from stratum.kernel.clock import Clock
from stratum.store.batch import ONLY_READS, CommitBrokeError
from stratum.store.checkpoints import Checkpoints
from stratum.store.errors import StoreUnsuitable, TransactionAbused
from stratum.store.file_queue import FileQueue, QueueBusyError
from stratum.store.query import Query
from stratum.store.sqlite_connection import Connection, connect, file_secret
from stratum.store.sqlite_errors import file_error
from stratum.store.tx import OVER, Features, Over, Params, Row

SQLITE = Features(name="sqlite", many_machines=False, row_security=False)


class SqliteTx:
    """A transaction on a SQLite connection."""

    features = SQLITE

    def __init__(self, connection: Connection, now: int, secret: bytes) -> None:
        self._connection: Connection | Over = connection
        self.secret = secret
        self.now = now
        self.topics: list[str] = []

    def one(self, query: Query, /, **params: object) -> Row | None:
        """Return the first row, or None."""
        cursor = self._connection.execute(query.sqlite, params)
        row = cursor.fetchone()
        cursor.close()
        return row

    def all(self, query: Query, /, **params: object) -> list[Row]:
        """Return all rows."""
        return self._connection.execute(query.sqlite, params).fetchall()

    def run(self, query: Query, /, **params: object) -> int:
        """Run a statement and return how many rows it changed."""
        self._connection.execute(query.sqlite, params)
        return self._connection.changes()

    def each(self, query: Query, rows: Sequence[Params], /) -> list[Row]:
        """Run a statement for each of ``rows`` and return all the rows that it gives."""
        return self._connection.executemany(query.sqlite, rows).fetchall()

    def wake(self, *topics: str) -> None:
        """Wake those who wait for ``topics``, after the commit."""
        self.topics.extend(topics)

    def admit(self, tenants: Iterable[str]) -> None:
        """Do nothing: on SQLite the tenant in every key keeps tenants apart."""

    def end(self) -> None:
        """Refuse all further use."""
        self._connection = OVER


class SqliteSession:
    """One connection to a SQLite file."""

    def __init__(self, path: Path, clock: Clock, *, write: bool, busy_seconds: float, secret: bytes = b"") -> None:
        """Open ``path``; a connection that writes stands in the queue of all processes before each transaction.

        Raises:
            Unavailable: the file cannot be used now.
            StoreUnsuitable: the file, or this SQLite, cannot be used at all.
        """
        self._path = path
        self._name = str(path)
        self._clock = clock
        self._secret = secret
        self._busy_seconds = busy_seconds
        self._queue: FileQueue | None = None
        self._held = False
        self._flushing = True
        self._tx: SqliteTx | None = None
        self._kept_topics = 0
        self._seen_version = 0
        try:
            self.connection = connect(path, write=write, busy_seconds=busy_seconds)
        except (apsw.Error, OSError) as error:
            raise self.translate(error) from error
        try:
            self._identity = self._identify()
            self._recognise()
            if write:
                self._checkpoints = Checkpoints(self.connection, int(busy_seconds * 1000))
                self._queue = FileQueue(path)
        except BaseException as error:
            self.connection.close()
            raise (self.translate(error) if isinstance(error, Exception) else error) from error

    def begin(self, tenants: frozenset[str], *, flush: bool) -> SqliteTx:  # noqa: ARG002 - tenants matter on PostgreSQL
        """Open a transaction; a writing one waits for its turn among all processes."""
        if self._queue is not None:
            self._queue.acquire()
            self._held = True
        if self._identify() != self._identity:
            # What we have open has no name any more: whatever were written there would be gone with us.
            raise FileNotFoundError(errno.ENOENT, "the file was moved or replaced", str(self._path))
        if self._queue is not None:
            self._set_flush(flush=flush)
        self.connection.execute("BEGIN" if self._queue is None else "BEGIN IMMEDIATE")
        self._tx = SqliteTx(self.connection, self._clock.now(), self._secret)
        return self._tx

    def commit(self) -> list[str]:
        """Commit and return the topics to wake."""
        try:
            self.connection.execute("COMMIT")
        except apsw.IOError as error:
            # The log may hold the commit although it could not be flushed; recovery after a crash would find it.
            raise CommitBrokeError from error
        self._free()
        return self._end()

    def rollback(self) -> None:
        """Undo the open transaction, if there is one."""
        self._end()
        try:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        except apsw.Error:
            # SQLite has rolled back by itself after a full disk or an I/O error; there is nothing left to undo.
            pass
        finally:
            self._free()

    def savepoint(self) -> None:
        """Begin a part that can be undone alone."""
        self._kept_topics = len(self._tx.topics) if self._tx else 0
        self.connection.execute("SAVEPOINT part")

    def release(self) -> None:
        """Keep the part."""
        self.connection.execute("RELEASE part")

    def undo(self) -> None:
        """Undo the part, and wake nobody for it."""
        if self._tx is not None:
            del self._tx.topics[self._kept_topics :]
        self.connection.execute("ROLLBACK TO part")
        self.connection.execute("RELEASE part")

    def give_up(self) -> Exception | None:
        """Stop waiting for our turn when it has taken too long, and return the error to tell of it."""
        if self._queue is None or not self._queue.give_up(self._busy_seconds):
            return None
        return self.translate(QueueBusyError())

    def others_committed(self) -> bool:
        """Return whether another connection has committed since the last call."""
        version = int(self.connection.pragma("data_version"))
        changed = version != self._seen_version
        self._seen_version = version
        return changed

    def translate(self, error: Exception) -> Exception:
        """Return the database's error as a new one in Stratum's words, or the error itself when it is not its."""
        if self._queue is None and isinstance(error, apsw.ReadOnlyError):
            return TransactionAbused(ONLY_READS)
        return file_error(self._path, error, busy_seconds=self._busy_seconds)

    def close(self) -> None:
        """Close the connection."""
        self.rollback()
        self.connection.close()
        if self._queue is not None:
            self._queue.close()

    def _identify(self) -> tuple[int, int]:
        found = os.stat(self._name)  # noqa: PTH116 - at each transaction, and Path.stat takes twice as long
        return found.st_dev, found.st_ino

    def _recognise(self) -> None:
        """Refuse another database in the place of the one that was opened first."""
        if self._secret and file_secret(self.connection) != self._secret:
            message = (
                f"The database {self._path} was replaced by another one while it was in use. "
                "Put the old one back, or restart this program to work with the new one."
            )
            raise StoreUnsuitable(message)

    def _set_flush(self, *, flush: bool) -> None:
        # In WAL mode NORMAL leaves out the flush at commit and nothing else, and the next FULL commit flushes both.
        if flush != self._flushing:
            self.connection.pragma("synchronous", "FULL" if flush else "NORMAL")
            self._flushing = flush

    def _free(self) -> None:
        if self._held and self._queue is not None:
            self._held = False
            self._queue.release()

    def _end(self) -> list[str]:
        tx, self._tx = self._tx, None
        if tx is None:
            return []
        tx.end()
        return tx.topics
