from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum.kernel.errors import InvalidInput, StratumError
from stratum.store.batch import CommitBrokeError
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
from stratum.store.migrate import load_migrations
from stratum.store.migrate_postgres import migrate_postgres
from stratum.store.open import STORE_MIGRATIONS
from stratum.store.postgres import PostgresSession, check_schema, set_tenants, split_url, translate
from stratum.testing.store_suite.rows import OTHER, TENANT, Item, all_items, ids, put, put_each
from tests.store.raw import postgres

_ACME = frozenset({TENANT})


@pytest.fixture
def url(postgres_url: str) -> str:
    migrate_postgres(postgres_url, [*STORE_MIGRATIONS, *load_migrations("stratum.testing")])
    return postgres_url


@pytest.fixture
def session(url: str) -> Iterator[PostgresSession]:
    session = PostgresSession(url, read_only=False, busy_seconds=0.2, secret=b"secret")
    yield session
    session.close()


def _setting(session: PostgresSession, name: str) -> object:
    row = session.connection.execute("SELECT current_setting(%s, true)", (name,)).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize(
    ("url", "target", "schema"),
    [
        ("postgresql://u:p@h:1/d", "postgresql://u:p@h:1/d", "stratum"),
        ("postgres://h/d?schema=own", "postgres://h/d", "own"),
        ("postgresql:///d?host=/tmp&schema=own&port=1", "postgresql:///d?host=/tmp&port=1", "own"),
        ("postgresql://h/d?options=-c%20work_mem%3D1MB", "postgresql://h/d?options=-c%20work_mem%3D1MB", "stratum"),
        ("postgresql://u:a%2Bb%3F@h/d?schema=a_1", "postgresql://u:a%2Bb%3F@h/d", "a_1"),
        (
            "postgresql://a,b/d?target_session_attrs=read-write",
            "postgresql://a,b/d?target_session_attrs=read-write",
            "stratum",
        ),
    ],
)
def test_our_own_parameter_is_taken_out_and_nothing_else_is_changed(url: str, target: str, schema: str) -> None:
    assert split_url(url) == (target, schema)


@pytest.mark.parametrize("name", ["", "A", "1a", "a-b", 'a"b', "a b", "pg_own", "ä", "a" * 49, "a\n"])
def test_a_schema_has_a_plain_name(name: str) -> None:
    with pytest.raises(InvalidInput, match="is not a plain name"):
        check_schema(name)


@given(st.from_regex(r"[a-z_][a-z0-9_]{0,47}", fullmatch=True).filter(lambda name: not name.startswith("pg_")))
def test_plain_names_can_be_schemas(name: str) -> None:
    assert split_url(f"postgresql://h/d?schema={name}")[1] == name


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("40001", StoreContended),
        ("40P01", StoreContended),
        ("55P03", StoreBusy),
        ("57014", StoreBusy),
        ("53100", StoreFull),
        ("25006", StoreReadOnly),
        ("42501", StoreRefused),
        ("23505", StoreRefused),
        ("23514", StoreRefused),
        ("08006", StoreUnreachable),
        ("53300", StoreUnreachable),
        ("57P01", StoreUnreachable),
        ("57P03", StoreUnreachable),
        ("58030", StoreUnreachable),
        ("XX001", StoreUnsuitable),
    ],
)
def test_each_error_is_told_in_plain_words(state: str, kind: type[StratumError]) -> None:
    error = psycopg.errors.lookup(state)("what the server said\nDETAIL: and more")
    told = translate(error)
    assert type(told) is kind
    assert "(what the server said)" in str(told)
    assert str(told).endswith(".")


def test_an_error_that_is_none_of_the_databases_is_left_as_it_is() -> None:
    for error in (ValueError("mine"), psycopg.errors.UndefinedTable("no such table")):
        assert translate(error) is error


def test_a_server_that_does_not_answer_is_unreachable() -> None:
    with pytest.raises(StoreUnreachable, match="cannot be reached"):
        PostgresSession("postgresql://nobody@127.0.0.1:1/none", read_only=False, busy_seconds=1)


def test_connections_are_not_those_of_the_owner(session: PostgresSession) -> None:
    assert _setting(session, "role") == "stratum_engine"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.connection.execute("DROP TABLE suite_item")


@pytest.mark.parametrize(("given", "name"), [("", "stratum"), ("&application_name=mine", "mine")])
def test_the_server_knows_a_connection_by_its_programs_name(url: str, given: str, name: str) -> None:
    session = PostgresSession(url + given, read_only=True, busy_seconds=1)
    assert _setting(session, "application_name") == name
    session.close()


def test_a_transaction_has_the_servers_time_and_the_databases_secret(session: PostgresSession) -> None:
    tx = session.begin(_ACME, flush=True)
    row = session.connection.execute("SELECT extract(epoch FROM clock_timestamp()) * 1000").fetchone()
    session.commit()
    assert row is not None
    assert 0 <= float(row[0]) - tx.now < 10_000
    assert (tx.secret, tx.features.name) == (b"secret", "postgres")


@pytest.mark.parametrize("flush", [True, False])
def test_only_what_need_not_be_flushed_is_not(session: PostgresSession, *, flush: bool) -> None:
    session.begin(_ACME, flush=flush)
    assert _setting(session, "synchronous_commit") == ("on" if flush else "off")
    session.commit()
    assert _setting(session, "synchronous_commit") == "on"


def test_tenants_hold_for_one_transaction(session: PostgresSession) -> None:
    for end in (session.commit, session.rollback):
        session.begin(frozenset({"b", "a"}), flush=True)
        assert _setting(session, "stratum.tenants") == "a,b"
        end()
        assert _setting(session, "stratum.tenants") == ""


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_tenant_of_any_letters_stays_a_value(name: str) -> None:
    # Names are checked before; were one not, it must still not become a part of the statement.
    text = set_tenants([name]).as_string()
    assert text.startswith("SELECT set_config('stratum.tenants', ")
    quoted = text.removeprefix("SELECT set_config('stratum.tenants', ").removesuffix(", true)").strip()
    inner = quoted.removeprefix("E").strip().removeprefix("'").removesuffix("'")
    assert inner.replace("''", "'").replace("\\\\", "\\") == name


def test_admitted_tenants_join_those_that_are_seen(session: PostgresSession) -> None:
    for item in (Item(1, tenant=TENANT), Item(2, tenant=OTHER)):
        put(session.begin(frozenset({item.tenant}), flush=True), item)
        session.commit()
    tx = session.begin(_ACME, flush=True)
    assert ids(tx) == [1]
    tx.admit([OTHER])
    tx.admit([OTHER, TENANT])
    assert ids(tx) == [1, 2]
    session.commit()
    assert ids(session.begin(_ACME, flush=True)) == [1]
    session.rollback()


def test_a_commit_after_a_failed_statement_is_refused(session: PostgresSession) -> None:
    tx = session.begin(_ACME, flush=True)
    put(tx, Item(1))
    with pytest.raises(psycopg.errors.UniqueViolation):
        put(tx, Item(1))
    with pytest.raises(TransactionAbused, match="lets errors pass"):
        session.commit()
    session.rollback()
    assert all_items(session.begin(_ACME, flush=True)) == []
    session.commit()


def _end_connection(url: str, session: PostgresSession) -> None:
    with postgres(url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (session.connection.info.backend_pid,))


def test_a_commit_without_an_answer_is_called_one(url: str, session: PostgresSession) -> None:
    put(session.begin(_ACME, flush=True), Item(1))
    _end_connection(url, session)
    with pytest.raises(CommitBrokeError):
        session.commit()
    session.rollback()
    assert session.connection.closed


def test_a_reader_whose_connection_broke_lost_nothing(url: str) -> None:
    reader = PostgresSession(url, read_only=True, busy_seconds=1)
    ids(reader.begin(_ACME, flush=False))
    _end_connection(url, reader)
    with pytest.raises(psycopg.OperationalError) as broken:
        reader.commit()
    assert isinstance(reader.translate(broken.value), StoreUnreachable)
    reader.close()


def test_a_reader_that_writes_is_told_of_its_mistake(url: str) -> None:
    reader = PostgresSession(url, read_only=True, busy_seconds=1)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction) as refused:
        put(reader.begin(_ACME, flush=False), Item(1))
    assert isinstance(reader.translate(refused.value), TransactionAbused)
    reader.close()


def test_a_lock_of_somebody_else_is_waited_for_with_a_bound(url: str, session: PostgresSession) -> None:
    put(session.begin(_ACME, flush=True), Item(1))
    session.commit()
    with postgres(url) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE suite_item IN EXCLUSIVE MODE")
        with pytest.raises(psycopg.errors.LockNotAvailable) as locked:
            put(session.begin(_ACME, flush=True), Item(2))
        assert isinstance(session.translate(locked.value), StoreBusy)
        session.rollback()
        other.execute("COMMIT")
    put(session.begin(_ACME, flush=True), Item(2))
    session.commit()


def test_rows_given_in_a_set_come_back_whole(session: PostgresSession) -> None:
    items = [Item(number, body) for number, body in enumerate(['"', "\\", None, "NULL", "{,}", "ä😀\n"])]
    tx = session.begin(_ACME, flush=True)
    assert put_each(tx, items) == [item.id for item in items]
    assert all_items(tx) == items
    assert put_each(tx, []) == []
    session.commit()


def test_closing_is_possible_at_any_time_and_twice(session: PostgresSession) -> None:
    tx: Any = session.begin(_ACME, flush=True)
    session.close()
    session.close()
    with pytest.raises(TransactionAbused):
        ids(tx)
