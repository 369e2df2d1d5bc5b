"""Creating and migrating a PostgreSQL schema, with a role and row-level security for its tables."""

import os
from collections.abc import Sequence
from contextlib import suppress

import psycopg
from psycopg import sql

from stratum.store.migrate import MIGRATE_SECONDS, Applied, Migration, pending
from stratum.store.postgres import ENGINE_ROLE, connect, split_url, translate
from stratum.store.tx import Row

_SECRET_BYTES = 32
_LOCK_KEY = 0x5354_5241_5455_4D
_LEDGER = """
    CREATE TABLE IF NOT EXISTS store_migration (
        capability TEXT NOT NULL, number BIGINT NOT NULL, digest TEXT NOT NULL,
        applied_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (capability, number)
    )
"""
_HAS_LEDGER = "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'store_migration'"
_TENANT_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' AND a.attname = 'tenant' AND NOT a.attisdropped
      AND NOT c.relrowsecurity
"""
_IS_MEMBER = "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(current_user, oid, 'member')"
_GRANT_TRIES = 10
# The last one is "tuple concurrently updated".
_MADE_BY_ANOTHER = (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation, psycopg.errors.InternalError_)
# A set to look into, not an array to compare with: the planner would take an array for a way in by tenant alone, and
# read all rows of a tenant where the query names one.
_SEES = "tenant IN (SELECT unnest(string_to_array(current_setting('stratum.tenants', true), ',')))"


def migrate_postgres(url: str, known: Sequence[Migration]) -> tuple[list[Migration], bytes]:
    """Bring the schema up to date, one process at a time; return what was applied and the database's secret.

    Raises:
        StoreNewer: the schema was migrated by a newer Stratum.
        StoreUnreachable: the server does not answer.
    """
    target, schema = split_url(url)
    connection = connect(target, schema, busy_seconds=MIGRATE_SECONDS)
    try:
        todo = pending(known, _applied(connection, schema))
        if todo:
            connection.execute("RESET ROLE")
            role = _ensure_role(connection)
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
                todo = pending(known, _applied(connection, schema))
                _apply(connection, schema, todo, role)
        row = connection.execute("SELECT value FROM store_secret WHERE name = 'digest'").fetchone()
        return todo, bytes(row[0]) if row else b""
    except psycopg.Error as error:
        raise translate(error) from error
    finally:
        connection.close()


def applied_postgres(url: str) -> list[Applied]:
    """Return the migrations that the schema has had; none where there is no schema."""
    target, schema = split_url(url)
    connection = connect(target, schema, busy_seconds=MIGRATE_SECONDS)
    try:
        return _applied(connection, schema)
    except psycopg.Error as error:
        raise translate(error) from error
    finally:
        connection.close()


def _apply(connection: psycopg.Connection[Row], schema: str, todo: Sequence[Migration], role: str | None) -> None:
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
    connection.execute(_LEDGER)
    for migration in todo:
        connection.execute(migration.postgres.encode())
        connection.execute(
            "INSERT INTO store_migration (capability, number, digest) VALUES (%s, %s, %s)",
            (migration.capability, migration.number, migration.digest),
        )
    connection.execute(
        "INSERT INTO store_secret VALUES ('digest', %s) ON CONFLICT DO NOTHING", (os.urandom(_SECRET_BYTES),)
    )
    engine_tables = {table for migration in todo for table in migration.engine_tables}
    for (table,) in connection.execute(_TENANT_TABLES, (schema,)).fetchall():
        _secure(connection, table, for_engine=table in engine_tables)
    if role is not None:
        grant = sql.SQL(
            "GRANT USAGE ON SCHEMA {0} TO {1}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {0} TO {1}"
        )
        connection.execute(grant.format(sql.Identifier(schema), sql.Identifier(role)))


def _secure(connection: psycopg.Connection[Row], table: str, *, for_engine: bool) -> None:
    name = sql.Identifier(table)
    connection.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
    connection.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(name))
    rule = sql.SQL("true") if for_engine else sql.SQL(_SEES)
    policy = sql.SQL("CREATE POLICY tenants ON {} USING ({}) WITH CHECK ({})")
    connection.execute(policy.format(name, rule, rule))


def _ensure_role(connection: psycopg.Connection[Row]) -> str | None:
    """Return the engine's role, made if need be, or None where we may not have it."""
    role = sql.Identifier(ENGINE_ROLE)
    # Roles belong to the whole server, so that programs that open other databases may be making this one too.
    with suppress(*_MADE_BY_ANOTHER, psycopg.errors.InsufficientPrivilege):
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ENGINE_ROLE,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
    for _ in range(_GRANT_TRIES):
        if connection.execute(_IS_MEMBER, (ENGINE_ROLE,)).fetchone():
            return ENGINE_ROLE
        try:
            with suppress(*_MADE_BY_ANOTHER):
                connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject):
            return None
    return None


def _applied(connection: psycopg.Connection[Row], schema: str) -> list[Applied]:
    # A look into the catalogue's own tables: to_regclass() may still answer from before we waited for the lock.
    if connection.execute(_HAS_LEDGER, (schema,)).fetchone() is None:
        return []
    rows = connection.execute("SELECT capability, number, digest FROM store_migration").fetchall()
    return [Applied(*row) for row in rows]
