"""How a connection to a SQLite file is opened.

Uses apsw's bundled SQLite, never Python's own: two SQLite libraries in one process must not open the same file, and
versions before 3.51.3 (backports 3.50.7 and 3.44.6) can lose commits of several connections when the write-ahead log
restarts (https://www.sqlite.org/wal.html, "The WAL-reset bug"). Opening with such a version is refused.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import apsw

from stratum.store.errors import StoreUnsuitable
from stratum.store.tx import Params, Row

_CACHE_KIB = 32 * 1024
_WAL_BYTES_KEPT = 64 * 1024 * 1024
_STATEMENTS_KEPT = 200
_FIXED_VERSIONS = ((3_044_006, 3_045_000), (3_050_007, 3_051_000), (3_051_003, 99_000_000))


class Cursor(Protocol):
    """The rows that a statement gives."""

    def fetchone(self) -> Row | None:
        """Return the next row."""
        ...

    def fetchall(self) -> list[Row]:
        """Return the rows that are left."""
        ...

    def close(self) -> None:
        """Leave the rest."""
        ...


class Connection(Protocol):
    """What is used of an apsw connection, whose own annotations are partly unknown."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    @property
    def row_trace(self) -> object:
        """What changes each row before it is given out; None when nothing does."""
        ...

    def execute(self, statements: str, bindings: Params | Sequence[Any] | None = None, /) -> Cursor:
        """Run statements."""
        ...

    def executemany(self, statements: str, bindings: Iterable[Params], /) -> Cursor:
        """Run a statement for each of some bindings."""
        ...

    def changes(self) -> int:
        """Return how many rows the last statement changed."""
        ...

    def pragma(self, name: str, value: str | int | None = None, /) -> Any:  # noqa: ANN401 - text or number
        """Ask or set a pragma."""
        ...

    def set_busy_timeout(self, milliseconds: int, /) -> None:
        """Wait so long for locks."""
        ...

    def set_wal_hook(self, hook: Callable[[Any, str, int], int], /) -> None:
        """Call ``hook`` after each commit with the pages that the write-ahead log has."""
        ...

    def wal_checkpoint(self, name: str | None, mode: int, /) -> object:
        """Carry pages of the write-ahead log into the database file."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


def connect(path: Path, *, write: bool, busy_seconds: float, create: bool = False) -> Connection:
    """Open ``path``, to write or only to read, and make it first where ``create`` says so.

    Raises:
        StoreUnsuitable: this SQLite is not safe, or it keeps no write-ahead log there.
        apsw.Error: the file cannot be opened.
    """
    _refuse_unfixed_sqlite()
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    connection = cast("Connection", apsw.Connection(str(path), flags=flags, statementcachesize=_STATEMENTS_KEPT))
    try:
        _prepare(connection, path, write=write, busy_seconds=busy_seconds)
    except BaseException:
        connection.close()
        raise
    return connection


def file_secret(connection: Connection) -> bytes:
    """Return the key of a database's digests; empty where there is none."""
    try:
        row = connection.execute("SELECT value FROM store_secret WHERE name = 'digest'").fetchone()
    except apsw.SQLError:
        return b""
    return bytes(row[0]) if row else b""


def _prepare(connection: Connection, path: Path, *, write: bool, busy_seconds: float) -> None:
    connection.set_busy_timeout(int(busy_seconds * 1000))
    if write and (mode := connection.pragma("journal_mode", "wal")) != "wal":
        message = (
            f"SQLite keeps no write-ahead log for {path} (its journal mode stays {mode!r}). "
            "Put the file on a local disk, and close other programs that have it open."
        )
        raise StoreUnsuitable(message)
    connection.pragma("synchronous", "FULL")
    connection.pragma("fullfsync", 1)
    connection.pragma("checkpoint_fullfsync", 1)
    connection.pragma("foreign_keys", 1)
    connection.pragma("trusted_schema", 0)
    connection.pragma("cache_size", -_CACHE_KIB)
    connection.pragma("wal_autocheckpoint", 0)  # stratum.store.checkpoints does it, on connections that write
    connection.pragma("journal_size_limit", _WAL_BYTES_KEPT)
    if not write:
        connection.pragma("query_only", 1)


def _refuse_unfixed_sqlite() -> None:
    version = apsw.SQLITE_VERSION_NUMBER
    if not any(low <= version < high for low, high in _FIXED_VERSIONS):
        message = (
            f"apsw carries SQLite {apsw.sqlite_lib_version()}, which can lose commits of several connections. "
            "Upgrade it: pip install --upgrade apsw."
        )
        raise StoreUnsuitable(message)
