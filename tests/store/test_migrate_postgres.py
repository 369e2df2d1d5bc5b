from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from stratum.store.errors import StoreBusy, StoreNewer, StoreUnreachable, StoreUnsuitable
from stratum.store.migrate import Applied, Migration
from stratum.store.migrate_postgres import applied_postgres, migrate_postgres
from stratum.store.open import STORE_MIGRATIONS
from stratum.store.postgres import ENGINE_ROLE, split_url
from tests.postgres_server import PostgresServer
from tests.store.raw import postgres

SHELF = Migration("shelf", 1, "create", "", "CREATE TABLE shelf (tenant TEXT, id BIGINT)", (), "d1")
CLAIM = Migration("shelf", 2, "claim", "", "CREATE TABLE claim (tenant TEXT, id BIGINT)", ("claim",), "d2")
BROKEN = Migration("shelf", 2, "break", "", "CREATE TABLE other (id INT); CREATE TABLE shelf (id INT)", (), "d3")


def _ask(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    with postgres(url) as connection:
        return connection.execute(query.encode(), values).fetchall()


def _at_once(urls: Sequence[str], migrations: Sequence[Migration]) -> list[tuple[list[Migration], bytes]]:
    with ThreadPoolExecutor(len(urls)) as pool:
        working = [pool.submit(migrate_postgres, url, migrations) for url in urls]
        return [work.result() for work in working]


def _applied(*migrations: Migration) -> list[Applied]:
    return [Applied(migration.capability, migration.number, migration.digest) for migration in migrations]


def test_a_schema_is_made_with_its_tables_and_a_secret(postgres_url: str) -> None:
    assert applied_postgres(postgres_url) == []
    done, secret = migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF])
    assert done == [*STORE_MIGRATIONS, SHELF]
    assert len(secret) == 32
    assert applied_postgres(postgres_url) == _applied(*STORE_MIGRATIONS, SHELF)
    assert migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF]) == ([], secret)


def test_only_what_is_new_is_applied(postgres_url: str) -> None:
    _, secret = migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF])
    assert migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF, CLAIM]) == ([CLAIM], secret)


def test_every_table_of_tenants_is_secured_by_itself(postgres_url: str) -> None:
    migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF])
    migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF, CLAIM])
    secured = _ask(
        postgres_url,
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
        " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY relname",
    )
    assert secured == [
        ("blob", True, True),
        ("claim", True, True),
        ("shelf", True, True),
        ("store_migration", False, False),
        ("store_secret", False, False),
    ]
    policies = _ask(
        postgres_url,
        "SELECT tablename, qual, qual = with_check FROM pg_policies WHERE schemaname = current_schema() ORDER BY 1",
    )
    assert [(table, rule == "true") for table, rule, _ in policies] == [
        ("blob", False),
        ("claim", True),
        ("shelf", False),
    ]
    assert all(same for _, _, same in policies)


def test_the_engine_may_use_every_table_and_own_none(postgres_url: str) -> None:
    migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF])
    rights = _ask(
        postgres_url,
        "SELECT relname, relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user),"
        " has_table_privilege(%s, oid, 'SELECT, INSERT, UPDATE, DELETE'), has_table_privilege(%s, oid, 'TRUNCATE')"
        " FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'",
        ENGINE_ROLE,
        ENGINE_ROLE,
    )
    assert {row[1:] for row in rights} == {(True, True, False)}


def test_a_migration_that_fails_leaves_nothing_behind(postgres_url: str) -> None:
    migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF])
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF, BROKEN])
    assert applied_postgres(postgres_url) == _applied(*STORE_MIGRATIONS, SHELF)
    assert _ask(postgres_url, "SELECT to_regclass('other')") == [(None,)]


def test_a_newer_or_an_edited_schema_is_refused(postgres_url: str) -> None:
    migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF, CLAIM])
    with pytest.raises(StoreNewer):
        migrate_postgres(postgres_url, [*STORE_MIGRATIONS, SHELF])
    with pytest.raises(StoreUnsuitable):
        migrate_postgres(postgres_url, [*STORE_MIGRATIONS, replace(SHELF, digest="edited"), CLAIM])


def test_many_at_once_make_it_once(postgres_url: str) -> None:
    results = _at_once([postgres_url] * 8, [*STORE_MIGRATIONS, SHELF])
    assert sorted(len(done) for done, _ in results) == [0] * 7 + [2]
    assert len({secret for _, secret in results}) == 1


@pytest.mark.slow
def test_many_at_once_share_the_role_that_none_has_made(private_postgres: PostgresServer) -> None:
    schemas = [f"{private_postgres.dsn}?schema=s{place}" for place in range(8)]
    results = _at_once(schemas, STORE_MIGRATIONS)
    assert all(done == list(STORE_MIGRATIONS) for done, _ in results)
    granted = "SELECT has_schema_privilege(%s, current_schema(), 'USAGE')"
    assert [_ask(url, granted, ENGINE_ROLE) for url in schemas] == [[(True,)]] * 8


@pytest.mark.slow
def test_a_role_that_may_make_no_roles_keeps_tenants_apart_as_owner(private_postgres: PostgresServer) -> None:
    with psycopg.connect(private_postgres.admin_dsn, autocommit=True) as connection:
        connection.execute("ALTER ROLE stratum NOCREATEROLE")
    done, secret = migrate_postgres(private_postgres.dsn, [*STORE_MIGRATIONS, SHELF])
    assert (len(done), len(secret)) == (2, 32)
    with postgres(private_postgres.dsn) as connection:
        connection.execute("SELECT set_config('stratum.tenants', 'acme', false)")
        connection.execute("INSERT INTO shelf VALUES ('acme', 1)")
        connection.execute("SELECT set_config('stratum.tenants', 'globex', false)")
        assert connection.execute("SELECT * FROM shelf").fetchall() == []


def test_a_migration_waits_for_others_with_a_bound(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratum.store.migrate_postgres.MIGRATE_SECONDS", 0.1)
    monkeypatch.setattr("stratum.store.migrate_postgres._LOCK_KEY", 0x5354_0001)
    with psycopg.connect(split_url(postgres_url)[0], autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", (0x5354_0001,))
        with pytest.raises(StoreBusy, match="A lock is held for too long"):
            migrate_postgres(postgres_url, STORE_MIGRATIONS)
    assert migrate_postgres(postgres_url, STORE_MIGRATIONS)[0] == list(STORE_MIGRATIONS)


def test_a_server_that_is_not_there_is_unreachable() -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    with pytest.raises(StoreUnreachable, match="cannot be reached"):
        migrate_postgres(url, STORE_MIGRATIONS)
    with pytest.raises(StoreUnreachable, match="cannot be reached"):
        applied_postgres(url)
