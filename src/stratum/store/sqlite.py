"""SQLite: one writer thread a file and process, one queue for the writers of all processes.

Uses apsw's bundled SQLite, never Python's own: two SQLite libraries in one process must not open the same file, and
versions before 3.51.3 (backports 3.50.7 and 3.44.6) can lose commits of several connections when the write-ahead log
restarts (https://www.sqlite.org/wal.html, "The WAL-reset bug"). Opening with such a version is refused.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import apsw

from stratum.kernel.clock import Clock
from stratum.store.errors import StoreBusy, StoreFull, StoreReadOnly, StoreUnreachable, StoreUnsuitable
from stratum.store.query import Query
from stratum.store.tx import Features, Params, Row

SQLITE = Features(name="sqlite", many_machines=False, row_security=False)

_BUSY_MS = 10_000
_CACHE_KIB = 32 * 1024
_CHECKPOINT_PAGES = 4_000
_WAL_BYTES_KEPT = 64 * 1024 * 1024
_FIXED_VERSIONS = ((3_044_006, 3_045_000), (3_050_007, 3_051_000), (3_051_003, 99_000_000))


class SqliteTx:
    """A transaction on a SQLite connection."""

    features = SQLITE

    def __init__(self, connection: apsw.Connection, now: int, secret: bytes) -> None:
        self._connection = connection
        self.secret = secret
        self.now = now
        self.topics: list[str] = []

    def one(self, query: Query, /, **params: object) -> Row | None:
        """Return the first row, or None."""
        cursor = self._connection.execute(query.sqlite, params)
        row: Row | None = cursor.fetchone()
        cursor.close()
        return row

    def all(self, query: Query, /, **params: object) -> list[Row]:
        """Return all rows."""
        rows: list[Row] = self._connection.execute(query.sqlite, params).fetchall()
        return rows

    def run(self, query: Query, /, **params: object) -> int:
        """Run a statement and return how many rows it changed."""
        self._connection.execute(query.sqlite, params)
        return self._connection.changes()

    def each(self, query: Query, rows: Sequence[Params], /) -> list[Row]:
        """Run a statement for each of ``rows`` and return all the rows that it gives."""
        found: list[Row] = self._connection.executemany(query.sqlite, rows).fetchall()
        return found

    def wake(self, *topics: str) -> None:
        """Wake those who wait for ``topics``, after the commit."""
        self.topics.extend(topics)

    def admit(self, tenants: Iterable[str]) -> None:
        """Do nothing: on SQLite the tenant in every key keeps tenants apart."""


class FileQueue:
    """The one queue in which the writers and checkpoints of all processes stand.

    Two locks beside the database file, held by the operating system and so freed when a process dies. A writer takes
    the gate, then the floor, then frees the gate: whoever waits at the gate is next, so no process is starved.
    """

    def __init__(self, path: Path) -> None:
        self._gate = _lock_file(path.with_name(path.name + "-gate"))
        self._floor = _lock_file(path.with_name(path.name + "-writer"))

    def acquire(self) -> None:
        """Wait for this process's turn."""
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._floor, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)

    def release(self) -> None:
        """Let the next one write."""
        fcntl.flock(self._floor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the locks back to the operating system."""
        os.close(self._gate)
        os.close(self._floor)


class SqliteSession:
    """One connection to a SQLite file."""

    def __init__(self, path: Path, clock: Clock, *, queue: FileQueue | None, write: bool, secret: bytes = b"") -> None:
        """Open ``path``; a connection that writes stands in ``queue`` before each transaction."""
        self._path = path
        self._clock = clock
        self._secret = secret
        self._queue = queue
        self._held = False
        self._flushing = True
        self._tx: SqliteTx | None = None
        self._seen_version = 0
        try:
            self.connection = _connect(path, write=write)
        except (apsw.Error, OSError) as error:
            raise self.translate(error) from error

    def begin(self, tenants: frozenset[str], *, flush: bool) -> SqliteTx:  # noqa: ARG002 - tenants matter on PostgreSQL
        """Open a transaction; a writing one waits for its turn among all processes."""
        if self._queue is not None:
            self._queue.acquire()
            self._held = True
            self._set_flush(flush=flush)
            self.connection.execute("BEGIN IMMEDIATE")
        else:
            self.connection.execute("BEGIN")
        self._tx = SqliteTx(self.connection, self._clock.now(), self._secret)
        return self._tx

    def commit(self) -> list[str]:
        """Commit and return the topics to wake."""
        tx = self._tx
        self.connection.execute("COMMIT")
        self._tx = None
        self._free()
        return tx.topics if tx else []

    def rollback(self) -> None:
        """Undo the open transaction, if there is one."""
        self._tx = None
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
        self.connection.execute("SAVEPOINT part")

    def release(self) -> None:
        """Keep the part."""
        self.connection.execute("RELEASE part")

    def undo(self) -> None:
        """Undo the part."""
        self.connection.execute("ROLLBACK TO part")
        self.connection.execute("RELEASE part")

    def others_committed(self) -> bool:
        """Return whether another connection has committed since the last call."""
        version = int(self.connection.pragma("data_version"))
        changed = version != self._seen_version
        self._seen_version = version
        return changed

    def translate(self, error: Exception) -> Exception:
        """Return the database's error in Stratum's words, or the error itself when it is not the database's."""
        return self.words(self._path, error)

    @staticmethod
    def words(path: Path, error: Exception) -> Exception:
        """Return an error about the file ``path`` in Stratum's words."""
        kind = PermissionError if isinstance(error, PermissionError) else type(error)
        words = _WORDS.get(kind)
        if words is not None:
            return words(path, error)
        return _unreachable(path, error) if isinstance(error, OSError) else error

    def close(self) -> None:
        """Close the connection."""
        self.rollback()
        self.connection.close()

    def _set_flush(self, *, flush: bool) -> None:
        # In WAL mode NORMAL leaves out the flush at commit and nothing else, and the next FULL commit flushes both.
        if flush != self._flushing:
            self.connection.pragma("synchronous", "FULL" if flush else "NORMAL")
            self._flushing = flush

    def _free(self) -> None:
        if self._held and self._queue is not None:
            self._held = False
            self._queue.release()


def _connect(path: Path, *, write: bool) -> apsw.Connection:
    _refuse_unfixed_sqlite()
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if write else 0)
    connection = apsw.Connection(str(path), flags=flags, statementcachesize=200)
    connection.set_busy_timeout(_BUSY_MS)
    if write:
        connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "FULL")
    connection.pragma("fullfsync", 1)
    connection.pragma("checkpoint_fullfsync", 1)
    connection.pragma("foreign_keys", 1)
    connection.pragma("trusted_schema", 0)
    connection.pragma("cache_size", -_CACHE_KIB)
    connection.pragma("wal_autocheckpoint", _CHECKPOINT_PAGES if write else 0)
    connection.pragma("journal_size_limit", _WAL_BYTES_KEPT)
    if not write:
        connection.pragma("query_only", 1)
    return connection


def _refuse_unfixed_sqlite() -> None:
    version = apsw.SQLITE_VERSION_NUMBER
    if not any(low <= version < high for low, high in _FIXED_VERSIONS):
        message = (
            f"apsw carries SQLite {apsw.sqlite_lib_version()}, which can lose commits of several connections. "
            "Upgrade it: pip install --upgrade apsw."
        )
        raise StoreUnsuitable(message)


def _lock_file(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _busy(path: Path, error: Exception) -> StoreBusy:
    return StoreBusy(
        f"Another program has held the database {path} for over {_BUSY_MS // 1000} s ({error}). "
        "Close what has it open in a transaction, such as a database browser."
    )


def _full(path: Path, error: Exception) -> StoreFull:
    return StoreFull(f"The disk that holds {path} is full ({error}). Free some space; the work goes on by itself.")


def _read_only(path: Path, error: Exception) -> StoreReadOnly:
    return StoreReadOnly(f"The database {path} takes no writes ({error}). Check the rights of the file and its folder.")


def _unreachable(path: Path, error: Exception) -> StoreUnreachable:
    return StoreUnreachable(
        f"The database {path} cannot be read or opened ({error}). Check the path, its rights and the disk."
    )


def _not_a_database(path: Path, error: Exception) -> StoreUnsuitable:
    return StoreUnsuitable(
        f"{path} is not a SQLite database or is damaged ({error}). Give another path, or restore a backup."
    )


_WORDS: dict[type[Exception], Callable[[Path, Exception], Exception]] = {
    apsw.BusyError: _busy,
    apsw.LockedError: _busy,
    apsw.FullError: _full,
    apsw.ReadOnlyError: _read_only,
    apsw.PermissionsError: _read_only,
    PermissionError: _read_only,
    apsw.CantOpenError: _unreachable,
    apsw.IOError: _unreachable,
    apsw.NotADBError: _not_a_database,
    apsw.CorruptError: _not_a_database,
}
