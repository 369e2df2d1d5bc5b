"""Joining a transaction that the user already has open, so that both commit together or not at all.

    with connection.transaction():                      # psycopg; with apsw: connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO invoice ...")
        with wrap(connection, tenants=["acme"]) as tx:
            ...

The connection is apsw's or psycopg's: a second SQLite library in one process must not open the same file. Who waits for
topics hears of them after the user's commit: on PostgreSQL through NOTIFY, on SQLite because others notice the commit.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

import apsw
import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from stratum.kernel.clock import Clock, SystemClock
from stratum.kernel.errors import InvalidInput
from stratum.kernel.tenant import check_tenant
from stratum.store.errors import StoreUnsuitable
from stratum.store.notify import channel_of, payloads
from stratum.store.postgres import PostgresTx, check_schema, set_tenants
from stratum.store.query import load_queries
from stratum.store.sqlite import SqliteTx
from stratum.store.sqlite_connection import Connection
from stratum.store.tx import Tx

_Q = load_queries("stratum.store")
_SENDER = "wrap"  # not the name of any process, so that all of them listen
_NO_STORE = "The connection's database holds no store of Stratum. Open the store there first, or name its schema."
_BEFORE = """
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
        current_setting('search_path'), coalesce(current_setting('stratum.tenants', true), '')
"""


@contextmanager
def wrap(
    connection: apsw.Connection | psycopg.Connection[Any],
    *,
    tenants: Iterable[str] = (),
    schema: str = "stratum",
    clock: Clock | None = None,
) -> Generator[Tx]:
    """Give a transaction inside the one that ``connection`` has open; an error undoes this part of it alone.

    On SQLite begin with ``BEGIN IMMEDIATE`` and commit soon: until then nobody else can write. On PostgreSQL
    ``schema`` is the store's, and the connection's own settings are as before when this ends.

    Raises:
        InvalidInput: it is another kind of connection, it has no transaction open, or a name cannot be one.
        StoreUnsuitable: the connection's database holds no store.
    """
    _check_kind(connection)
    known = frozenset(map(check_tenant, tenants))
    if isinstance(connection, apsw.Connection):
        # Since a transaction is open, entering the connection makes a savepoint.
        with _in_sqlite(cast("Connection", connection), clock or SystemClock()) as tx, connection:
            yield tx
    else:
        with _in_postgres(connection, known, check_schema(schema)) as tx:
            yield tx


@contextmanager
def _in_sqlite(connection: Connection, clock: Clock) -> Generator[SqliteTx]:
    if not connection.in_transaction:
        message = "The apsw connection has no transaction open. Run BEGIN IMMEDIATE first, and commit afterwards."
        raise InvalidInput(message)
    if connection.row_trace is not None:
        message = "The apsw connection has a row_trace, which changes the rows that Stratum reads. Take it off first."
        raise InvalidInput(message)
    tx = SqliteTx(connection, clock.now(), b"")
    try:
        tx.secret = _secret(tx)
    except apsw.SQLError as error:
        raise StoreUnsuitable(_NO_STORE) from error
    try:
        yield tx
    finally:
        tx.end()


@contextmanager
def _in_postgres(connection: psycopg.Connection[Any], tenants: frozenset[str], schema: str) -> Generator[PostgresTx]:
    status = connection.info.transaction_status
    if status is not TransactionStatus.INTRANS and (connection.autocommit or status is not TransactionStatus.IDLE):
        message = f"The psycopg connection has no transaction to join (it is {status.name}). Begin one, and commit it."
        raise InvalidInput(message)
    cursor = connection.cursor(row_factory=tuple_row)
    # Asking first begins the transaction where psycopg does so by itself, so that the next line makes a savepoint.
    now, path_before, tenants_before = cursor.execute(_BEFORE).fetchone() or (0, "", "")
    with connection.transaction():
        cursor.execute("SELECT set_config('search_path', %s, true)", (schema,))
        cursor.execute(set_tenants(tenants))
        tx = PostgresTx(cursor, now, tenants, b"")
        try:
            tx.secret = _secret(tx)
        except psycopg.errors.UndefinedTable as error:
            raise StoreUnsuitable(_NO_STORE) from error
        try:
            yield tx
        finally:
            tx.end()
        for payload in payloads(_SENDER, list(dict.fromkeys(tx.topics))):
            cursor.execute("SELECT pg_notify(%s, %s)", (channel_of(schema), payload))
        cursor.execute(
            "SELECT set_config('search_path', %s, true), set_config('stratum.tenants', %s, true)",
            (path_before, tenants_before),
        )


def _check_kind(connection: object) -> None:
    if not isinstance(connection, apsw.Connection | psycopg.Connection):
        message = (
            f"A connection of {type(connection).__module__} cannot be joined. Use apsw for SQLite (Python's own "
            "sqlite3 is a second library, which must not open the same file), or psycopg's Connection for PostgreSQL."
        )
        raise InvalidInput(message)


def _secret(tx: Tx) -> bytes:
    row = tx.one(_Q.digest_secret)
    return bytes(row[0]) if row else b""
