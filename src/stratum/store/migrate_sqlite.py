"""Creating and migrating a SQLite file."""

import os
from collections.abc import Sequence
from pathlib import Path

import apsw

from stratum.kernel.clock import Clock
from stratum.store.migrate import Applied, Migration, pending
from stratum.store.sqlite import FileQueue, SqliteSession

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
        path.parent.mkdir(parents=True, exist_ok=True)
        queue = FileQueue(path)
    except OSError as error:
        raise SqliteSession.words(path, error) from error
    queue.acquire()
    try:
        return _migrate(path, clock, known)
    except (apsw.Error, OSError) as error:
        raise SqliteSession.words(path, error) from error
    finally:
        queue.release()
        queue.close()


def applied_sqlite(path: Path) -> list[Applied]:
    """Return the migrations that the file has had; none where there is no file."""
    if not path.exists():
        return []
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return _applied(connection)
    except apsw.Error as error:
        raise SqliteSession.words(path, error) from error
    finally:
        connection.close()


def _migrate(path: Path, clock: Clock, known: Sequence[Migration]) -> tuple[list[Migration], bytes]:
    session = SqliteSession(path, clock, queue=None, write=True)
    try:
        connection = session.connection
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
        row = connection.execute("SELECT value FROM store_secret WHERE name = 'digest'").fetchone()
        return todo, bytes(row[0]) if row else b""
    finally:
        session.close()


def _applied(connection: apsw.Connection) -> list[Applied]:
    known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'store_migration'").fetchone()
    if known is None:
        return []
    rows = connection.execute("SELECT capability, number, digest FROM store_migration").fetchall()
    return [Applied(*row) for row in rows]
