import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import apsw
import psycopg
import pytest
from psycopg.rows import dict_row

from stratum.kernel.errors import InvalidInput
from stratum.store.errors import StoreUnsuitable, TransactionAbused
from stratum.store.open import sqlite_path
from stratum.store.postgres import split_url
from stratum.store.service import Store
from stratum.store.sqlite_connection import Connection
from stratum.store.tx import Tx
from stratum.store.wrap import wrap
from stratum.testing import FakeClock, Site
from stratum.testing.store_suite.rows import OTHER, TENANT, Item, all_items, ids, put, put_and_wake, put_each
from tests.store.raw import sqlite

_LONG = 20.0


def _wrap(connection: Connection, **options: Any) -> AbstractContextManager[Tx]:
    return wrap(cast("apsw.Connection", connection), **options)


def _put_twice(tx: Tx) -> None:
    put(tx, Item(1))
    put(tx, Item(1))


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with Site(store_url) as site:
        yield await site.open()


@pytest.fixture
async def file(sqlite_url: str) -> AsyncIterator[tuple[Store, Connection]]:
    async with Site(sqlite_url) as site:
        store = await site.open()
        with sqlite(sqlite_path(sqlite_url)) as connection:
            connection.execute("CREATE TABLE invoice (id INTEGER PRIMARY KEY)")
            yield store, connection


@pytest.fixture
async def server(postgres_url: str) -> AsyncIterator[tuple[Store, "psycopg.Connection[Any]", str]]:
    async with Site(postgres_url) as site:
        store = await site.open()
        target, schema = split_url(postgres_url)
        with psycopg.Connection[Any].connect(target, row_factory=dict_row) as connection:
            yield store, connection, schema
            connection.rollback()


async def test_a_files_rows_and_the_users_own_commit_together(file: tuple[Store, Connection]) -> None:
    store, connection = file
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO invoice VALUES (1)")
    with _wrap(connection, tenants=[TENANT]) as tx:
        assert put_each(tx, [Item(1), Item(2)]) == [1, 2]
    assert await store.read(ids, tenants=[TENANT]) == []
    connection.execute("COMMIT")
    assert await store.read(ids, tenants=[TENANT]) == [1, 2]
    assert connection.execute("SELECT id FROM invoice").fetchall() == [(1,)]


async def test_a_files_rows_go_with_the_users_rollback(file: tuple[Store, Connection]) -> None:
    store, connection = file
    connection.execute("BEGIN IMMEDIATE")
    with _wrap(connection, tenants=[TENANT]) as tx:
        put(tx, Item(1))
    connection.execute("ROLLBACK")
    assert await store.read(ids, tenants=[TENANT]) == []


async def test_an_error_undoes_our_part_of_a_file_alone(file: tuple[Store, Connection]) -> None:
    store, connection = file
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO invoice VALUES (1)")
    with pytest.raises(apsw.ConstraintError), _wrap(connection) as tx:
        _put_twice(tx)
    connection.execute("COMMIT")
    assert await store.read(ids, tenants=[TENANT]) == []
    assert connection.execute("SELECT id FROM invoice").fetchall() == [(1,)]


async def test_a_file_wakes_who_waits_after_the_users_commit(file: tuple[Store, Connection]) -> None:
    store, connection = file
    with store.subscribe("ready") as wake:
        while await wake.wait(0.1):
            pass
        connection.execute("BEGIN IMMEDIATE")
        with _wrap(connection) as tx:
            put_and_wake(tx, Item(1), "ready")
        assert not await wake.wait(0.1)
        connection.execute("COMMIT")
        assert await wake.wait(_LONG)
    assert await store.read(ids, tenants=[TENANT]) == [1]


async def test_time_and_secret_are_there(file: tuple[Store, Connection]) -> None:
    store, connection = file
    secret = await store.read(lambda tx: tx.secret)
    connection.execute("BEGIN IMMEDIATE")
    with _wrap(connection, clock=FakeClock(5)) as tx:
        assert (tx.now, tx.secret) == (5, secret)
    connection.execute("COMMIT")


async def test_a_transaction_on_the_server_and_the_users_own_commit_together(
    server: tuple[Store, "psycopg.Connection[Any]", str],
) -> None:
    store, connection, schema = server
    connection.execute("CREATE TEMPORARY TABLE invoice (id INT)")
    with wrap(connection, tenants=[TENANT], schema=schema) as tx:
        assert put_each(tx, [Item(1), Item(2)]) == [1, 2]
        assert tx.secret
        assert tx.now > 0
    connection.execute("INSERT INTO invoice VALUES (1)")
    assert await store.read(ids, tenants=[TENANT]) == []
    connection.commit()
    assert await store.read(ids, tenants=[TENANT]) == [1, 2]
    assert connection.execute("SELECT id FROM invoice").fetchall() == [{"id": 1}]


async def test_the_servers_rows_go_with_the_users_rollback(
    server: tuple[Store, "psycopg.Connection[Any]", str],
) -> None:
    store, connection, schema = server
    with wrap(connection, tenants=[TENANT], schema=schema) as tx:
        put(tx, Item(1))
    connection.rollback()
    assert await store.read(ids, tenants=[TENANT]) == []


async def test_an_error_undoes_our_part_of_the_transaction_alone(
    server: tuple[Store, "psycopg.Connection[Any]", str],
) -> None:
    store, connection, schema = server
    connection.execute("CREATE TEMPORARY TABLE invoice (id INT)")
    with pytest.raises(psycopg.errors.UniqueViolation), wrap(connection, tenants=[TENANT], schema=schema) as tx:
        _put_twice(tx)
    connection.execute("INSERT INTO invoice VALUES (1)")
    connection.commit()
    assert await store.read(ids, tenants=[TENANT]) == []
    assert connection.execute("SELECT count(*) AS n FROM invoice").fetchone() == {"n": 1}


async def test_a_users_connection_sees_the_tenants_that_it_names(
    server: tuple[Store, "psycopg.Connection[Any]", str],
) -> None:
    store, connection, schema = server
    for item in (Item(1, tenant=TENANT), Item(2, tenant=OTHER)):
        await store.write(put, item, tenants=[item.tenant])
    with wrap(connection, tenants=[OTHER], schema=schema) as tx:
        assert all_items(tx) == [Item(2, tenant=OTHER)]
    with wrap(connection, schema=schema) as nobody:
        assert ids(nobody) == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege), wrap(connection, schema=schema) as nobody:
        put(nobody, Item(3))


async def test_a_users_connection_is_as_it_was_afterwards(
    server: tuple[Store, "psycopg.Connection[Any]", str],
) -> None:
    _, connection, schema = server
    connection.execute("SELECT set_config('search_path', 'public', false)")
    connection.execute("SELECT set_config('stratum.tenants', 'own', true)")
    ask = "SELECT current_setting('search_path') AS path, current_setting('stratum.tenants') AS tenants"
    for _ in range(2):
        with wrap(connection, tenants=[TENANT], schema=schema):
            assert connection.execute(ask).fetchone() == {"path": schema, "tenants": TENANT}
        assert connection.execute(ask).fetchone() == {"path": "public", "tenants": "own"}
    with pytest.raises(psycopg.errors.UniqueViolation), wrap(connection, tenants=[TENANT], schema=schema) as tx:
        _put_twice(tx)
    assert connection.execute(ask).fetchone() == {"path": "public", "tenants": "own"}
    connection.commit()
    after = connection.execute("SELECT current_setting('search_path') AS path").fetchone()
    assert after == {"path": "public"}


async def test_the_server_wakes_who_waits_after_the_users_commit(
    server: tuple[Store, "psycopg.Connection[Any]", str],
) -> None:
    store, connection, schema = server
    with store.subscribe("ready") as wake:
        while await wake.wait(0.2):
            pass
        with wrap(connection, tenants=[TENANT], schema=schema) as tx:
            put_and_wake(tx, Item(1), "ready")
        assert not await wake.wait(0.1)
        connection.commit()
        assert await wake.wait(_LONG)
        with wrap(connection, tenants=[TENANT], schema=schema) as tx:
            put_and_wake(tx, Item(2), "ready")
        connection.rollback()
        assert not await wake.wait(0.2)


async def test_a_connection_without_a_transaction_is_refused(store: Store, store_url: str) -> None:
    if store.features.name == "sqlite":
        with (
            sqlite(sqlite_path(store_url)) as connection,
            pytest.raises(InvalidInput, match="Run BEGIN IMMEDIATE first"),
            _wrap(connection),
        ):
            pass
        return
    target, schema = split_url(store_url)
    with psycopg.connect(target, autocommit=True) as server:
        with pytest.raises(InvalidInput, match="no transaction to join"), wrap(server, schema=schema):
            pass
        server.execute("BEGIN")
        with pytest.raises(psycopg.errors.UndefinedTable):
            server.execute("SELECT * FROM nothing_of_that_name")
        with pytest.raises(InvalidInput, match="it is INERROR"), wrap(server, schema=schema):
            pass


async def test_a_transaction_cannot_be_used_after_its_part(file: tuple[Store, Connection]) -> None:
    _, connection = file
    connection.execute("BEGIN IMMEDIATE")
    with _wrap(connection) as tx:
        kept: Tx = tx
    with pytest.raises(TransactionAbused):
        put(kept, Item(1))
    connection.execute("COMMIT")


def _as_dict(_cursor: object, row: tuple[Any, ...]) -> dict[int, Any]:
    return dict(enumerate(row))


async def test_a_connection_that_changes_its_rows_is_refused(file: tuple[Store, Connection]) -> None:
    _, connection = file
    connection.execute("BEGIN IMMEDIATE")
    cast("apsw.Connection", connection).row_trace = _as_dict
    with pytest.raises(InvalidInput, match="row_trace"), _wrap(connection):
        pass


def test_another_library_is_refused_with_its_name() -> None:
    connection = sqlite3.connect(":memory:")
    with (
        pytest.raises(InvalidInput, match="A connection of sqlite3 cannot be joined"),
        _wrap(cast("Connection", connection)),
    ):
        pass
    connection.close()


def test_a_file_without_a_store_is_refused(tmp_path: Path) -> None:
    with sqlite(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE invoice (id INT); BEGIN IMMEDIATE; INSERT INTO invoice VALUES (1)")
        with pytest.raises(StoreUnsuitable, match="holds no store"), _wrap(connection):
            pass
        connection.execute("COMMIT")
        assert connection.execute("SELECT count(*) FROM invoice").fetchall() == [(1,)]


def test_a_server_without_a_store_is_refused_and_the_transaction_goes_on(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        with pytest.raises(StoreUnsuitable, match="holds no store"), wrap(connection, schema="no_such_schema"):
            pass
        assert connection.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(InvalidInput), wrap(connection, schema="No"):
            pass
        with pytest.raises(InvalidInput), wrap(connection, tenants=["a,b"]):
            pass
