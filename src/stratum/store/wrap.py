"""Joining a transaction that the user already has open, so that both commit together or not at all.

    with connection.transaction():                      # psycopg; with apsw: connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO invoice ...")
        with wrap(connection, tenants=["acme"]) as tx:
            ...

The connection is apsw's or psycopg's: a second SQLite library in one process must not open the same file. Who waits for
topics hears of them after the user's commit: on PostgreSQL through NOTIFY, on SQLite because others notice the commit.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import cast

import apsw
import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from stratum.kernel.clock import Clock, SystemClock
from stratum.kernel.errors import InvalidInput
from stratum.kernel.tenant import check_tenant
from stratum.store.errors import StoreUnsuitable
from stratum.store.notify import channel_of, payloads
from stratum.store.postgres import PostgresTx, check_schema, set_tenants, translate
from stratum.store.query import load_queries
from stratum.store.sqlite import SqliteTx
from stratum.store.sqlite_connection import Connection
from stratum.store.tx import Tx

_Q = load_queries("stratum.store")


@contextmanager
def wrap(
    connection: apsw.Connection | psycopg.Connection[object],
    *,
    tenants: Iterable[str] = (),
    schema: str = "stratum",
    clock: Clock | None = None,
) -> Iterator[Tx]:
    """Give a transaction inside the one that ``connection`` has open; an error undoes this part of it alone.

    On SQLite begin with ``BEGIN IMMEDIATE`` and commit soon: until then nobody else can write. On PostgreSQL
    ``schema`` is the store's, and the connection's own settings are as before when this ends.

    Raises:
        InvalidInput: it is another kind of connection, it has no transaction open, or a name cannot be one.
        StoreUnsuitable: the connection's database holds no store.
    """
    known = frozenset(map(check_tenant, tenants))
    if isinstance(connection, apsw.Connection):
        with _in_sqlite(connection, clock or SystemClock()) as tx:
            yield tx
    elif isinstance(connection, psycopg.Connection):
        with _in_postgres(connection, known, check_schema(schema)) as tx:
            yield tx
    else:
        message = (
            f"A {type(connection).__module__} connection cannot be joined. Use apsw for SQLite (Python's own sqlite3 is "
            "a second library, which must not open the same file) or psycopg for PostgreSQL."
        )
        raise InvalidInput(message)
