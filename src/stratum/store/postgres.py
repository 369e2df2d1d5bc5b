"""PostgreSQL: few connections, whole batches, tenants kept apart by the database itself.

Each transaction sets the tenants that it may see (``stratum.tenants``), and row-level security policies read that
list: unset sees nothing. Connections give up ownership with ``SET ROLE`` where the role exists.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from stratum.kernel.errors import InvalidInput
from stratum.store.errors import StoreBusy, StoreFull, StoreReadOnly, StoreUnreachable
from stratum.store.query import Query
from stratum.store.tx import Features, Params, Row

POSTGRES = Features(name="postgres", many_machines=True, row_security=True)
ENGINE_ROLE = "stratum_engine"

_CONNECT_SECONDS = 5
_LOCK_MS = 30_000
_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
_MAY_STEP_DOWN = """
    SELECT 1 FROM pg_roles, pg_namespace
    WHERE rolname = %s AND nspname = %s
      AND pg_has_role(current_user, pg_roles.oid, 'member') AND has_schema_privilege(pg_roles.oid, pg_namespace.oid, 'usage')
"""
_DISK_FULL = "53100"
_READ_ONLY = "25006"
_SHUTDOWN_CLASS = "57"
_LOCK_NOT_AVAILABLE = "55P03"


class PostgresTx:
    """A transaction on a PostgreSQL connection."""

    features = POSTGRES

    def __init__(self, cursor: psycopg.Cursor[Row], now: int, tenants: frozenset[str], secret: bytes) -> None:
        self._cursor = cursor
        self.secret = secret
        self._tenants = tenants
        self.now = now
        self.topics: list[str] = []

    def one(self, query: Query, /, **params: object) -> Row | None:
        """Return the first row, or None."""
        return self._execute(query, params).fetchone()

    def all(self, query: Query, /, **params: object) -> list[Row]:
        """Return all rows."""
        return self._execute(query, params).fetchall()

    def run(self, query: Query, /, **params: object) -> int:
        """Run a statement and return how many rows it changed."""
        return self._execute(query, params).rowcount

    def each(self, query: Query, rows: Sequence[Params], /) -> list[Row]:
        """Run a statement for each of ``rows`` and return all the rows that it gives."""
        if not rows:
            return []
        if query.set_based:
            columns = {name: [row[name] for row in rows] for name in rows[0]}
            return self._fetched(self._execute(query, columns))
        return [found for row in rows for found in self._fetched(self._execute(query, row))]

    def wake(self, *topics: str) -> None:
        """Wake those who wait for ``topics``, after the commit."""
        self.topics.extend(topics)

    def admit(self, tenants: Iterable[str]) -> None:
        """Let the rest of this transaction see rows of ``tenants`` too."""
        more = self._tenants.union(tenants)
        if more != self._tenants:
            self._tenants = more
            self._cursor.execute(_set_tenants(more))

    def _execute(self, query: Query, params: Params) -> psycopg.Cursor[Row]:
        return self._cursor.execute(query.postgres.encode(), params)

    def _fetched(self, cursor: psycopg.Cursor[Row]) -> list[Row]:
        return cursor.fetchall() if cursor.description else []


class PostgresSession:
    """One connection to a PostgreSQL database, opened again by itself after it broke."""

    def __init__(self, url: str, *, read_only: bool = False, secret: bytes = b"") -> None:
        self._target, self.schema = split_url(url)
        self._read_only = read_only
        self._secret = secret
        self._connection: psycopg.Connection[Row] | None = None
        self._tx: PostgresTx | None = None

    @property
    def connection(self) -> psycopg.Connection[Row]:
        """The open connection.

        Raises:
            StoreUnreachable: the server does not answer.
        """
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._target, self.schema)
        return self._connection

    def begin(self, tenants: frozenset[str], *, flush: bool) -> PostgresTx:
        """Open a transaction that sees ``tenants``."""
        cursor = self.connection.cursor()
        mode = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" if self._read_only else "BEGIN"
        durable = "" if flush or self._read_only else "SET LOCAL synchronous_commit = off"
        # One round trip opens the transaction, names the tenants and reads the clock.
        cursor.execute(sql.SQL("; ").join([sql.SQL(mode), sql.SQL(durable), _set_tenants(tenants), sql.SQL(_NOW)]))
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        self._tx = PostgresTx(cursor, int(row[0]) if row else 0, tenants, self._secret)
        return self._tx

    def commit(self) -> list[str]:
        """Commit and return the topics to wake."""
        tx = self._tx
        self.connection.execute("COMMIT")
        self._tx = None
        return tx.topics if tx else []

    def rollback(self) -> None:
        """Undo the open transaction, if there is one; drop a connection that cannot."""
        self._tx = None
        connection = self._connection
        if connection is None:
            return
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            self.close()

    def savepoint(self) -> None:
        """Begin a part that can be undone alone."""
        self.connection.execute("SAVEPOINT part")

    def release(self) -> None:
        """Keep the part."""
        self.connection.execute("RELEASE SAVEPOINT part")

    def undo(self) -> None:
        """Undo the part."""
        self.connection.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")

    def translate(self, error: Exception) -> Exception:
        """Return the database's error in Stratum's words, or the error itself when it is not the database's."""
        return translate(error)

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def connect(target: str, schema: str) -> psycopg.Connection[Row]:
    """Return a connection that works in ``schema``, as the engine's role where that is possible.

    Raises:
        StoreUnreachable: the server does not answer or does not let us in.
    """
    try:
        connection = psycopg.connect(
            target, autocommit=True, prepare_threshold=2, connect_timeout=_CONNECT_SECONDS, application_name="stratum"
        )
        settings = [("search_path", schema), ("lock_timeout", str(_LOCK_MS)), ("jit", "off"), ("timezone", "UTC")]
        for name, value in settings:
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        if connection.execute(_MAY_STEP_DOWN, (ENGINE_ROLE, schema)).fetchone():
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(ENGINE_ROLE)))
    except psycopg.Error as error:
        raise translate(error) from error
    return connection


def translate(error: Exception) -> Exception:
    """Return a psycopg error in Stratum's words, or the error itself when it is another one."""
    if not isinstance(error, psycopg.Error):
        return error
    state = error.sqlstate or ""
    said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if state == _DISK_FULL:
        return StoreFull(f"The PostgreSQL server's disk is full ({said}). Free some space; the work goes on by itself.")
    if state == _READ_ONLY:
        return StoreReadOnly(
            f"The PostgreSQL server takes no writes ({said}). It may be a standby: give the primary's URL."
        )
    if state == _LOCK_NOT_AVAILABLE:
        return StoreBusy(
            f"A lock was held for over {_LOCK_MS // 1000} s ({said}). Look for a forgotten open transaction."
        )
    if state[:2] in {"08", _SHUTDOWN_CLASS, "53"} or (isinstance(error, psycopg.OperationalError) and not state):
        return StoreUnreachable(f"The PostgreSQL server cannot be reached ({said}). Check the URL and that it runs.")
    return error


def split_url(url: str) -> tuple[str, str]:
    """Return the URL without our own ``schema`` parameter, and that schema (by default ``stratum``).

    Raises:
        InvalidInput: the schema's name is not a plain identifier.
    """
    parts = urlsplit(url)
    settings = parse_qsl(parts.query, keep_blank_values=True)
    schema = dict(settings).get("schema", "stratum")
    if not (schema.isidentifier() and schema.islower()):
        message = f"The schema {schema!r} is not a plain lower-case name. Give ?schema=name with letters, digits and _."
        raise InvalidInput(message)
    kept = urlencode([(name, value) for name, value in settings if name != "schema"])
    return urlunsplit(parts._replace(query=kept)), schema


def _set_tenants(tenants: frozenset[str]) -> sql.Composed:
    return sql.SQL("SELECT set_config('stratum.tenants', {}, true)").format(sql.Literal(",".join(sorted(tenants))))
