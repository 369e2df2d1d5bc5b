"""Opening a store by its URL: ``sqlite:///acme.db`` or ``postgresql://user@host/name?schema=stratum``."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stratum.kernel.clock import Clock
from stratum.kernel.errors import InvalidInput
from stratum.store.batch import Session
from stratum.store.migrate import Applied, Migration, load_migrations
from stratum.store.migrate_postgres import applied_postgres, migrate_postgres
from stratum.store.migrate_sqlite import applied_sqlite, migrate_sqlite
from stratum.store.notify import Notifier
from stratum.store.postgres import POSTGRES, PostgresSession
from stratum.store.service import Store
from stratum.store.sqlite import SQLITE, FileQueue, SqliteSession

STORE_MIGRATIONS = load_migrations("stratum.store")

_READERS = 2
_POSTGRES_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Opened:
    """A store and what its opening did."""

    store: Store
    migrated: tuple[str, ...]
    """The migrations that were applied, as ``runs/0001_create``."""


async def open_store(url: str, migrations: Sequence[Migration], *, clock: Clock, sender: str) -> Opened:
    """Open the store, made or migrated first where need be; safe from many processes at once.

    ``sender`` names this process among those that tell each other of changes.

    Raises:
        InvalidInput: the URL is not of a known form.
        StoreNewer: a newer Stratum made the database.
        Unavailable: the file or server cannot be used now.
    """
    known = (*STORE_MIGRATIONS, *migrations)
    if url.startswith(_POSTGRES_SCHEMES):
        return await _open_postgres(url, known, sender)
    return await _open_sqlite(sqlite_path(url), clock, known)


async def applied_migrations(url: str) -> list[Applied]:
    """Return the migrations that a database has had, changing nothing."""
    if url.startswith(_POSTGRES_SCHEMES):
        return await asyncio.to_thread(applied_postgres, url)
    return await asyncio.to_thread(applied_sqlite, sqlite_path(url))


def sqlite_path(url: str) -> Path:
    """Return the file of a ``sqlite:///`` URL.

    Raises:
        InvalidInput: the URL is neither SQLite's nor PostgreSQL's.
    """
    path = url.removeprefix("sqlite:///")
    if path == url or not path or path.startswith(":"):
        message = (
            f"{url!r} is not a store. Give sqlite:///file.db (sqlite:////var/lib/file.db for a full path) "
            "or postgresql://user@host/database."
        )
        raise InvalidInput(message)
    return Path(path)


async def _open_sqlite(path: Path, clock: Clock, known: Sequence[Migration]) -> Opened:
    path = path.absolute()
    done, secret = await asyncio.to_thread(migrate_sqlite, path, clock, known)
    store = Store(SQLITE)

    def writing() -> Session:
        return SqliteSession(path, clock, queue=FileQueue(path), write=True, secret=secret)

    def reading() -> Session:
        return SqliteSession(path, clock, queue=None, write=False, secret=secret)

    store.add_writer("stratum-write", writing, _FileLookout(store))
    for number in range(_READERS):
        store.add_reader(f"stratum-read-{number}", reading)
    return Opened(store, tuple(migration.label for migration in done))


async def _open_postgres(url: str, known: Sequence[Migration], sender: str) -> Opened:
    done, secret = await asyncio.to_thread(migrate_postgres, url, known)
    store = Store(POSTGRES)
    notifier = Notifier(url, sender, store.heard)
    store.tell_others(notifier.send)
    store.on_close(notifier.close)
    store.add_writer("stratum-write", _connecting(url, secret, read_only=False))
    for number in range(_READERS):
        store.add_reader(f"stratum-read-{number}", _connecting(url, secret, read_only=True))
    return Opened(store, tuple(migration.label for migration in done))


def _connecting(url: str, secret: bytes, *, read_only: bool) -> Callable[[], Session]:
    def connect() -> Session:
        return PostgresSession(url, read_only=read_only, secret=secret)

    return connect


class _FileLookout:
    """Notices commits of other processes on the same file, while somebody here waits for news."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wanted(self) -> bool:
        return self._store.waiters() > 0

    def look(self, session: Session) -> None:
        if isinstance(session, SqliteSession) and session.others_committed():
            self._store.heard(None)
