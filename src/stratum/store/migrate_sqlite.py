"""Creating and migrating a SQLite file."""

import os
from collections.abc import Sequence
from pathlib import Path

import apsw

from stratum.kernel.clock import Clock
from stratum.store.file_queue import FileQueue, QueueBusyError
from stratum.store.migrate import MIGRATE_SECONDS, Applied, Migration, pending
from stratum.store.sqlite_connection import Connection, connect, file_secret
from stratum.store.sqlite_errors import file_error

_SECRET_BYTES = 32
_LEDGER = """
    CREATE TABLE IF NOT EXISTS store_migration (
        capability TEXT NOT NULL, number BIGINT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL,
        PRIMARY KEY (capability, number)
    )
"""


def migrate_sqlite(path: Path, clock: Clock, known: Sequence[Migration]) -> tuple[list[Migration], bytes]:
    """Bring the file up to date, one process at a time; return what was applied and the database's secret.

    Raises:
        StoreNewer: the file was migrated by a newer Stratum.
        StoreUnreachable, StoreReadOnly, StoreFull, StoreBusy: the file cannot be used now.
    """
    try:
        secret = _secret_if_done(path, known)
        if secret is not None:
            return [], secret
        path.parent.mkdir(parents=True, exist_ok=True)
        queue = FileQueue(path)
        try:
            # The file is also opened in turn, since two programs cannot give it a write-ahead log at once.
            queue.acquire_within(MIGRATE_SECONDS)
            try:
                return _migrate(path, clock, known)
            finally:
                queue.release()
        finally:
            queue.close()
    except (apsw.Error, OSError, QueueBusyError) as error:
        raise file_error(path, error, busy_seconds=MIGRATE_SECONDS) from error


def applied_sqlite(path: Path) -> list[Applied]:
    """Return the migrations that the file has had; none where there is no file."""
    if not path.exists():
        return []
    try:
        connection = connect(path, write=False, busy_seconds=MIGRATE_SECONDS)
        try:
            return _applied(connection)
        finally:
            connection.close()
    except apsw.Error as error:
        raise file_error(path, error, busy_seconds=MIGRATE_SECONDS) from error


def _secret_if_done(path: Path, known: Sequence[Migration]) -> bytes | None:
    """Return the secret of a file that has all it needs, seen without standing in line; None for any other."""
    try:
        connection = connect(path, write=False, busy_seconds=0)
    except apsw.Error:
        return None
    try:
        return None if pending(known, _applied(connection)) else file_secret(connection)
    except apsw.Error:
        return None
    finally:
        connection.close()


def _migrate(path: Path, clock: Clock, known: Sequence[Migration]) -> tuple[list[Migration], bytes]:
    connection = connect(path, write=True, create=True, busy_seconds=MIGRATE_SECONDS)
    try:
        todo = pending(known, _applied(connection))
        if todo:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_LEDGER)
            for migration in todo:
                connection.execute(migration.sqlite)
                row = (migration.capability, migration.number, migration.digest, clock.now())
                connection.execute("INSERT INTO store_migration VALUES (?, ?, ?, ?)", row)
            connection.execute("INSERT OR IGNORE INTO store_secret VALUES ('digest', ?)", (os.urandom(_SECRET_BYTES),))
            connection.execute("COMMIT")
        return todo, file_secret(connection)
    finally:
        # A transaction that did not come to its end is undone with this.
        connection.close()


def _applied(connection: Connection) -> list[Applied]:
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'store_migration'").fetchone()
    if known is None:
        return []
    rows = connection.execute("SELECT capability, number, digest FROM store_migration").fetchall()
    return [Applied(*row) for row in rows]
