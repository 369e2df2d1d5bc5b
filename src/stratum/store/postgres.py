"""PostgreSQL: few connections, whole batches, tenants kept apart by the database itself.

Each transaction sets the tenants that it may see (``stratum.tenants``), and row-level security policies read that
list: unset sees nothing. Connections give up ownership with ``SET ROLE`` where the role exists.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

import psycopg
from psycopg import sql

from stratum.kernel.errors import InvalidInput, StratumError
from stratum.store.arrays import array_literal
from stratum.store.batch import ONLY_READS, CommitBrokeError
from stratum.store.errors import (
    StoreBusy,
    StoreContended,
    StoreFull,
    StoreReadOnly,
    StoreRefused,
    StoreUnreachable,
    StoreUnsuitable,
    TransactionAbused,
)
from stratum.store.query import Query
from stratum.store.tx import OVER, Features, Over, Params, Row

POSTGRES = Features(name="postgres", many_machines=True, row_security=True)
ENGINE_ROLE = "stratum_engine"

_CONNECT_SECONDS = 5
_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
_MAY_STEP_DOWN = """
    SELECT 1 FROM pg_roles r, pg_namespace n
    WHERE rolname = %s AND nspname = %s
      AND pg_has_role(current_user, r.oid, 'member') AND has_schema_privilege(r.oid, n.oid, 'usage')
"""
# Names in PostgreSQL have at most 63 bytes, and ours with its prefix names a channel too.
_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,47}")


class PostgresTx:
    """A transaction on a PostgreSQL connection."""

    features = POSTGRES

    def __init__(self, cursor: psycopg.Cursor[Row], now: int, tenants: frozenset[str], secret: bytes) -> None:
        self._cursor: psycopg.Cursor[Row] | Over = cursor
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
        if query.set_based and len(rows) == 1 and query.postgres_alone:
            return self._fetched(self._cursor.execute(query.postgres_alone.encode(), rows[0]))
        if query.set_based:
            columns = {name: array_literal([row[name] for row in rows]) for name in rows[0]}
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
            self._cursor.execute(set_tenants(more))

    def end(self) -> None:
        """Refuse all further use."""
        self._cursor = OVER

    def _execute(self, query: Query, params: Params) -> psycopg.Cursor[Row]:
        return self._cursor.execute(query.postgres.encode(), params)

    def _fetched(self, cursor: psycopg.Cursor[Row]) -> list[Row]:
        return cursor.fetchall() if cursor.description else []


class PostgresSession:
    """One connection to a PostgreSQL database."""

    def __init__(self, url: str, *, read_only: bool, busy_seconds: float, secret: bytes = b"") -> None:
        """Connect.

        Raises:
            StoreUnreachable: the server does not answer or does not let us in.
        """
        target, self.schema = split_url(url)
        self.connection = connect(target, self.schema, busy_seconds=busy_seconds)
        self._read_only = read_only
        self._secret = secret
        self._tx: PostgresTx | None = None
        self._kept_topics = 0

    def begin(self, tenants: frozenset[str], *, flush: bool) -> PostgresTx:
        """Open a transaction that sees ``tenants``."""
        cursor = self.connection.cursor()
        mode = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" if self._read_only else "BEGIN"
        durable = "" if flush or self._read_only else "SET LOCAL synchronous_commit = off"
        # One round trip opens the transaction, names the tenants and reads the clock.
        cursor.execute(sql.SQL("; ").join([sql.SQL(mode), sql.SQL(durable), set_tenants(tenants), sql.SQL(_NOW)]))
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        self._tx = PostgresTx(cursor, int(row[0]) if row else 0, tenants, self._secret)
        return self._tx

    def commit(self) -> list[str]:
        """Commit and return the topics to wake."""
        try:
            done = self.connection.execute("COMMIT")
        except psycopg.OperationalError as error:
            if isinstance(translate(error), StoreUnreachable) and not self._read_only:
                raise CommitBrokeError from error
            raise
        if done.statusmessage != "COMMIT":
            # PostgreSQL answers so, without an error, when a statement had failed before.
            message = "A transaction function went on after one of its statements had failed. It lets errors pass."
            raise TransactionAbused(message)
        return self._end()

    def rollback(self) -> None:
        """Undo the open transaction, if there is one."""
        self._end()
        try:
            self.connection.execute("ROLLBACK")
        except psycopg.Error:
            # The server undoes it by itself when it notices that the connection is gone.
            self.connection.close()

    def savepoint(self) -> None:
        """Begin a part that can be undone alone."""
        self._kept_topics = len(self._tx.topics) if self._tx else 0
        self.connection.execute("SAVEPOINT part")

    def release(self) -> None:
        """Keep the part."""
        self.connection.execute("RELEASE SAVEPOINT part")

    def undo(self) -> None:
        """Undo the part, and wake nobody for it."""
        if self._tx is not None:
            del self._tx.topics[self._kept_topics :]
        self.connection.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")

    def translate(self, error: Exception) -> Exception:
        """Return the database's error as a new one in Stratum's words, or the error itself when it is not its."""
        if self._read_only and isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
            return TransactionAbused(ONLY_READS)
        return translate(error)

    def give_up(self) -> Exception | None:
        """Return that there is no need to: the server bounds how long we wait for locks."""
        return None

    def others_committed(self) -> bool:
        """Return that nobody has: here the others notify us."""
        return False

    def close(self) -> None:
        """Close the connection."""
        self._end()
        self.connection.close()

    def _end(self) -> list[str]:
        tx, self._tx = self._tx, None
        if tx is None:
            return []
        tx.end()
        return tx.topics


def connect(target: str, schema: str, *, busy_seconds: float) -> psycopg.Connection[Row]:
    """Return a connection that works in ``schema``, as the engine's role where that is possible.

    Raises:
        StoreUnreachable: the server does not answer or does not let us in.
    """
    try:
        connection = psycopg.connect(
            target,
            autocommit=True,
            prepare_threshold=2,
            connect_timeout=_CONNECT_SECONDS,
            fallback_application_name="stratum",
        )
        try:
            _prepare(connection, schema, busy_seconds)
        except BaseException:
            connection.close()
            raise
    except psycopg.Error as error:
        raise translate(error) from error
    return connection


def translate(error: Exception) -> Exception:
    """Return a psycopg error as a new one in Stratum's words, or the error itself when it is another one."""
    if not isinstance(error, psycopg.Error):
        return error
    state = error.sqlstate or ""
    said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    found = _WORDS.get(state) or _WORDS.get(state[:2])
    if found is not None:
        kind, words = found
        return kind(words.format(said=said))
    if isinstance(error, psycopg.OperationalError) and not state:
        return StoreUnreachable(_UNREACHABLE.format(said=said))
    return error


def split_url(url: str) -> tuple[str, str]:
    """Return the URL without our own ``schema`` parameter, and that schema (by default ``stratum``).

    Raises:
        InvalidInput: the schema's name is not a plain identifier.
    """
    base, _, query = url.partition("?")
    settings = [setting for setting in query.split("&") if setting]
    ours = [setting for setting in settings if setting.startswith("schema=")]
    schema = check_schema(unquote(ours[-1].removeprefix("schema=")) if ours else "stratum")
    others = "&".join(setting for setting in settings if setting not in ours)
    return f"{base}?{others}" if others else base, schema


def check_schema(name: str) -> str:
    """Return ``name`` if it can be a schema's.

    Raises:
        InvalidInput: it is not a plain identifier.
    """
    if _SCHEMA.fullmatch(name) is None:
        message = (
            f"The schema {name!r} is not a plain name. "
            "Give ?schema=name with up to 48 of a-z, 0-9 and _, not beginning with a digit or pg_."
        )
        raise InvalidInput(message)
    return name


def set_tenants(tenants: Iterable[str]) -> sql.Composed:
    """Return the statement that lets the transaction see ``tenants`` and nobody else."""
    return sql.SQL("SELECT set_config('stratum.tenants', {}, true)").format(sql.Literal(",".join(sorted(tenants))))


# Every query goes by key. Before a new table has been analysed the planner does not know how large it is, and plans
# that read it whole would be kept with the prepared statement.
_PLANS = [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off")]


def _prepare(connection: psycopg.Connection[Row], schema: str, busy_seconds: float) -> None:
    lock_ms = str(int(busy_seconds * 1000))
    settings = [("search_path", schema), ("lock_timeout", lock_ms), ("jit", "off"), ("timezone", "UTC"), *_PLANS]
    for name, value in settings:
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    if connection.execute(_MAY_STEP_DOWN, (ENGINE_ROLE, schema)).fetchone():
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(ENGINE_ROLE)))


_UNREACHABLE = "The PostgreSQL server cannot be reached ({said}). Check the URL and that it runs."
_CONTENDED = "Transactions stood in each other's way, again and again ({said}). Try again."
_REFUSED = "PostgreSQL refused it ({said}). Nothing of it was kept."
_DAMAGED = "The PostgreSQL database is damaged ({said}). Stop, and restore a backup."

# By the SQLSTATE of an error, or else by its class, the first two letters.
_WORDS: dict[str, tuple[type[StratumError], str]] = {
    "40001": (StoreContended, _CONTENDED),
    "40P01": (StoreContended, _CONTENDED),
    "55P03": (StoreBusy, "A lock is held for too long ({said}). Look for a forgotten open transaction."),
    "57014": (
        StoreBusy,
        "The server cancelled a statement ({said}). Look for a statement_timeout or an administrator.",
    ),
    "53100": (
        StoreFull,
        "The PostgreSQL server's disk is full ({said}). Free some space; the work goes on by itself.",
    ),
    "25006": (
        StoreReadOnly,
        "The PostgreSQL server takes no writes ({said}). It may be a standby: give the primary's URL.",
    ),
    "42501": (
        StoreRefused,
        "PostgreSQL refused it ({said}). A right is missing, or the transaction does not act for the row's tenant.",
    ),
    "08": (StoreUnreachable, _UNREACHABLE),
    "53": (StoreUnreachable, _UNREACHABLE),
    "57": (StoreUnreachable, _UNREACHABLE),
    "58": (StoreUnreachable, _UNREACHABLE),
    "23": (StoreRefused, _REFUSED),
    "XX001": (StoreUnsuitable, _DAMAGED),
    "XX002": (StoreUnsuitable, _DAMAGED),
}
