"""Opening a store by its URL: ``sqlite:///acme.db`` or ``postgresql://user@host/name?schema=stratum``."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
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
from stratum.store.sqlite import SQLITE, SqliteSession

STORE_MIGRATIONS = load_migrations("stratum.store")

BUSY_SECONDS = 10.0
"""How long a transaction waits for other programs that hold what it needs."""

_READERS = 2
_POSTGRES_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Opened:
    """A store and what its opening did."""

    store: Store
    migrated: tuple[str, ...]
    """The migrations that were applied, as ``runs/0001_create``."""


async def open_store(
    url: str,
    migrations: Sequence[Migration],
    *,
    clock: Clock,
    sender: str,
    busy_seconds: float = BUSY_SECONDS,
    around: Callable[[Session], Session] = lambda session: session,
) -> Opened:
    """Open the store, made or migrated first where need be; safe from many processes at once.

    ``sender`` names this process among those that tell each other of changes. ``around`` may put something around
    each connection that writes, as the fault injection of ``stratum.testing`` does.

    Raises:
        InvalidInput: the URL is not of a known form.
        StoreNewer: a newer Stratum made the database.
        Unavailable: the file or server cannot be used now.
    """
    known = (*STORE_MIGRATIONS, *migrations)
    if is_postgres(url):
        return await _open_postgres(url, known, _Manner(clock, sender, busy_seconds, around))
    return await _open_sqlite(sqlite_path(url), known, _Manner(clock, sender, busy_seconds, around))


async def applied_migrations(url: str) -> list[Applied]:
    """Return the migrations that a database has had, changing nothing."""
    if is_postgres(url):
        return await asyncio.to_thread(applied_postgres, url)
    return await asyncio.to_thread(applied_sqlite, sqlite_path(url))


def is_postgres(url: str) -> bool:
    """Return whether a URL names a PostgreSQL database."""
    return url.startswith(_POSTGRES_SCHEMES)


def sqlite_path(url: str) -> Path:
    """Return the file of a ``sqlite:///`` URL, as a full path that holds when the current folder changes.

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
    if "?" in path:
        message = f"{url!r} has options, and a SQLite store takes none. Give sqlite:///file.db."
        raise InvalidInput(message)
    return Path(path).absolute()


@dataclass(frozen=True, slots=True)
class _Manner:
    """How to open a store, whichever it is."""

    clock: Clock
    sender: str
    busy_seconds: float
    around: Callable[[Session], Session]


async def _open_sqlite(path: Path, known: Sequence[Migration], manner: _Manner) -> Opened:
    done, secret = await asyncio.to_thread(migrate_sqlite, path, manner.clock, known)
    store = Store(SQLITE)

    def connect(*, write: bool) -> Session:
        session = SqliteSession(path, manner.clock, write=write, busy_seconds=manner.busy_seconds, secret=secret)
        return manner.around(session) if write else session

    store.add_writer("stratum-write", partial(connect, write=True), _FileLookout(store))
    for number in range(_READERS):
        store.add_reader(f"stratum-read-{number}", partial(connect, write=False))
    return Opened(store, tuple(migration.label for migration in done))


async def _open_postgres(url: str, known: Sequence[Migration], manner: _Manner) -> Opened:
    done, secret = await asyncio.to_thread(migrate_postgres, url, known)
    store = Store(POSTGRES)
    notifier = Notifier(url, manner.sender, store.heard)
    store.tell_others(notifier.send)
    store.on_close(notifier.close)

    def connect(*, write: bool) -> Session:
        session = PostgresSession(url, read_only=not write, busy_seconds=manner.busy_seconds, secret=secret)
        return manner.around(session) if write else session

    store.add_writer("stratum-write", partial(connect, write=True))
    for number in range(_READERS):
        store.add_reader(f"stratum-read-{number}", partial(connect, write=False))
    return Opened(store, tuple(migration.label for migration in done))


class _FileLookout:
    """Notices commits of other processes on the same file, while somebody here waits for news."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wanted(self) -> bool:
        return self._store.waiters() > 0

    def look(self, session: Session) -> None:
        if session.others_committed():
            self._store.heard(None)
