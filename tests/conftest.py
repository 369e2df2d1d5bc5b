"""What all tests share: a PostgreSQL of their own, and how property tests search."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from tests.postgres_server import NoPostgresError, PostgresServer

# A deadline for one example measures the machine's load, not the code; pytest's timeout bounds the whole test.
settings.register_profile("stratum", deadline=None, print_blob=True)
settings.load_profile("stratum")

POSTGRES_FIXTURES = {"postgres_server", "postgres_dsn", "postgres_url", "private_postgres"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ask for PostgreSQL, so that `-m "not postgres"` leaves them out."""
    for item in items:
        if POSTGRES_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("postgres")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One server for the whole session and all its processes: use its database, leave it running.

    A test that stops, kills or reconfigures a server takes ``private_postgres``.
    """
    folder = tmp_path_factory.getbasetemp()
    # Each process of pytest-xdist has a folder of its own, in one that is the session's.
    session = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    with (session / "postgres.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = _join_or_create(session / "postgres.folder")
    with server:
        yield server


@pytest.fixture
def postgres_dsn(request: pytest.FixtureRequest) -> str:
    """Where an ordinary role reaches the test database; each test makes a schema of its own in it.

    STRATUM_TEST_POSTGRES names a server to use instead of starting one.
    """
    if given := os.environ.get("STRATUM_TEST_POSTGRES"):
        return given
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.dsn


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite store that is the test's own, not made yet."""
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def postgres_url(postgres_dsn: str) -> Iterator[str]:
    """A PostgreSQL store that is the test's own, not made yet: a schema that goes away with the test."""
    schema = f"t_{secrets.token_hex(8)}"
    yield f"{postgres_dsn}{'&' if '?' in postgres_dsn else '?'}schema={schema}"
    with psycopg.connect(postgres_dsn, autocommit=True, options="-c lock_timeout=10s") as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """A store that is the test's own, not made yet; the test runs once for each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def private_postgres() -> Iterator[PostgresServer]:
    """A server of the test's own, to stop, kill and start again as it likes."""
    with _create() as server:
        yield server


def _join_or_create(known: Path) -> PostgresServer:
    joined = PostgresServer.join(Path(known.read_text())) if known.exists() else None
    if joined is not None:
        return joined
    server = _create()
    known.write_text(str(server.folder))
    return server


def _create() -> PostgresServer:
    try:
        return PostgresServer.create()
    except NoPostgresError as missing:
        # A skip in CI would hide that half of the tests did not run.
        if os.environ.get("CI"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
