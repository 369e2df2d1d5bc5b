"""Every named query is valid on both databases, and none reads a whole table that grows, but those that say why."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest

from stratum.app.application import migrations
from stratum.app.capabilities import CAPABILITIES
from stratum.store import STORE_MIGRATIONS, Query, Store, load_queries
from stratum.testing import Site, plan_of
from tests.store.raw import postgres

PACKAGES = ("stratum.store", *(capability.package for capability in CAPABILITIES))
QUERIES = [(package, query) for package in PACKAGES for query in load_queries(package)]

NUMBERS = {"after", "before", "cost", "head_after", "lost", "most", "now", "tokens", "window", "count", "limit", "till"}
"""The parameters that are numbers without being a column."""

TEXTS = {("open_children", "after")}
"""The parameters that are texts, by query, though others of their name are numbers."""

_DOCTOR = "the doctor looks at everything, when somebody asks it to"
WHOLE = {
    "write_nothing": "reads no row, because of WHERE false",
    "open_tables": "the catalogue is small",
    "role": "the catalogue is small",
    "next_due": "reads the first row in the order of the key",
    "first_events": "PostgreSQL sorts what one claim took, which is bounded",
    "workers": "as many rows as there are processes",
    "working_tenants": _DOCTOR,
    "run_count": _DOCTOR,
    "journal_page": _DOCTOR,
    "ready_unlisted": _DOCTOR,
    "ready_unshared": _DOCTOR,
    "lanes_ready": _DOCTOR,
    "running_unheld": _DOCTOR,
    "held_idle": _DOCTOR,
    "waiting_unset": _DOCTOR,
    "timer_idle": _DOCTOR,
    "run_unlisted": _DOCTOR,
    "schedule_unset": _DOCTOR,
}
"""The queries that read all rows of a table, or sort, by name, with the reason why they may."""


def _columns() -> Iterator[str]:
    """Yield the names of all columns that hold numbers."""
    for migration in (*STORE_MIGRATIONS, *migrations()):
        yield from re.findall(r"^\s+(\w+) BIGINT", migration.postgres, re.MULTILINE)


FILL = """
DO $$
DECLARE
    item record;
    columns text;
    ready text;
BEGIN
    PERFORM set_config('stratum.tenants', 't0,t1,t2,t3,t4,t5,t6,t7,t8,t9', true);
    FOR item IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
        WHERE connamespace = current_schema()::regnamespace AND contype = 'c' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', item.owner, item.conname);
    END LOOP;
    FOR item IN SELECT tablename FROM pg_tables
        WHERE schemaname = current_schema() AND tablename NOT IN ('store_migration', 'store_secret') LOOP
        SELECT string_agg(column_name, ', ' ORDER BY ordinal_position), string_agg(CASE
                WHEN column_name = 'tenant' THEN $q$'t' || i % 10$q$
                WHEN data_type = 'bigint' THEN 'i'
                WHEN column_name IN ('queue', 'agent', 'kind', 'status', 'state') THEN $q$'v' || i % 5$q$
                ELSE $q$'v' || i$q$ END, ', ' ORDER BY ordinal_position)
            INTO columns, ready
            FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = item.tablename;
        EXECUTE format(
            'INSERT INTO %I (%s) SELECT %s FROM generate_series(1, 10000) AS i ON CONFLICT DO NOTHING',
            item.tablename, columns, ready
        );
        EXECUTE format('ANALYZE %I', item.tablename);
    END LOOP;
END $$
"""
"""Puts ten thousand rows into every table, whatever its columns, and counts them."""

_NUMBERS = NUMBERS.union(_columns())


def _values(query: Query) -> dict[str, object]:
    return {
        name: 1 if name in _NUMBERS and (query.name, name) not in TEXTS else "a" for name in sorted(query.parameters)
    }


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    async with Site(store_url) as site:
        yield await site.open(migrations=migrations())


async def _faults(store: Store) -> list[str]:
    faults: list[str] = []
    for package, query in QUERIES:
        label = f"{package}.{query.name}"
        try:
            plan = await plan_of(store, query, _values(query), tenants=("a",))
        except Exception as error:  # noqa: BLE001 - all that is wrong is told at once
            faults.append(f"{label}: {error}")
            continue
        if (plan.read_whole or plan.sorts) and query.name not in WHOLE:
            faults.append(f"{label}: reads {plan.read_whole}, sorts: {plan.sorts}\n{plan.text}")
    return faults


async def test_every_query_is_valid_and_goes_by_key(store: Store) -> None:
    faults = await _faults(store)
    assert not faults, "\n\n".join(faults)


async def test_every_query_goes_by_key_when_postgres_knows_that_its_tables_are_large(postgres_url: str) -> None:
    async with Site(postgres_url) as site:
        store = await site.open(migrations=migrations())
        with postgres(postgres_url) as owner:
            owner.execute(FILL)
        faults = await _faults(store)
    assert not faults, "\n\n".join(faults)


def test_every_exception_is_about_a_query_that_exists() -> None:
    names = {query.name for _, query in QUERIES}
    assert WHOLE.keys() <= names
    assert {name for name, _ in TEXTS} <= names
