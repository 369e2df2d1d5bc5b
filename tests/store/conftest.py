"""One connection to either database, with the suite's tables, for tests of what runs below the store."""

import asyncio
from collections.abc import Iterator
from typing import Protocol

import pytest

from stratum.kernel.clock import SystemClock
from stratum.store.batch import Session
from stratum.store.migrate import load_migrations
from stratum.store.open import STORE_MIGRATIONS, is_postgres, open_store, sqlite_path
from stratum.store.postgres import PostgresSession
from stratum.store.sqlite import SqliteSession

KNOWN = (*STORE_MIGRATIONS, *load_migrations("stratum.testing"))


class Connect(Protocol):
    """Makes one more connection to the test's database."""

    def __call__(self, *, write: bool = True, busy_seconds: float = 10.0) -> Session: ...


async def _make(url: str) -> None:
    opened = await open_store(url, KNOWN[len(STORE_MIGRATIONS) :], clock=SystemClock(), sender="test")
    await opened.store.close()


@pytest.fixture
def connect(store_url: str) -> Iterator[Connect]:
    """Connections to a database that has its tables; closed with the test."""
    asyncio.run(_make(store_url))
    sessions: list[Session] = []

    def connected(*, write: bool = True, busy_seconds: float = 10.0) -> Session:
        session: Session = (
            PostgresSession(store_url, read_only=not write, busy_seconds=busy_seconds)
            if is_postgres(store_url)
            else SqliteSession(sqlite_path(store_url), SystemClock(), write=write, busy_seconds=busy_seconds)
        )
        sessions.append(session)
        return session

    yield connected
    for session in sessions:
        session.close()


@pytest.fixture
def session(connect: Connect) -> Session:
    """One connection that writes."""
    return connect()
