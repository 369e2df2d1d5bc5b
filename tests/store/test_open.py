import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql

from stratum.kernel.clock import SystemClock
from stratum.kernel.errors import InvalidInput
from stratum.store.errors import StoreNewer, StoreUnreachable, StoreUnsuitable
from stratum.store.migrate import Applied, Migration, load_migrations
from stratum.store.open import STORE_MIGRATIONS, applied_migrations, is_postgres, open_store, sqlite_path
from stratum.store.postgres import split_url
from stratum.testing import FakeClock, Faults, Site, schema_of
from stratum.testing.store_suite.rows import TENANT, Item, all_items, put
from tests.store.raw import postgres

_SUITE = load_migrations("stratum.testing")
_GROWN_TEXT = (
    "ALTER TABLE suite_item ADD COLUMN more TEXT; CREATE TABLE suite_more (tenant TEXT, id BIGINT PRIMARY KEY)"
)
_GROWN = Migration("testing", 2, "grow", _GROWN_TEXT, _GROWN_TEXT, (), "grown")


@pytest.fixture
def other_url(store_url: str) -> Iterator[str]:
    """A second store of the same kind, with nothing in it."""
    url = f"{store_url}_other"
    yield url
    if is_postgres(url):
        with postgres(url) as connection:
            schema = sql.Identifier(split_url(url)[1])
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))


@pytest.mark.parametrize("url", ["sqlite:///a.db", "sqlite:////var/lib/a b.db", "sqlite:///folder/ä.db"])
def test_a_sqlite_url_names_a_file(url: str) -> None:
    assert sqlite_path(url) == Path(url.removeprefix("sqlite:///")).absolute()
    assert not is_postgres(url)


def test_a_file_is_the_same_when_the_folder_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert sqlite_path("sqlite:///a.db") == tmp_path / "a.db"


@pytest.mark.parametrize(
    "url",
    ["", "a.db", "sqlite://a.db", "sqlite:///", "sqlite:///:memory:", "mysql://h/d", "sqlite:///a.db?mode=ro"],
)
async def test_what_is_no_url_of_a_store_is_refused_with_what_would_be(url: str) -> None:
    for opening in (open_store(url, (), clock=SystemClock(), sender="test"), applied_migrations(url)):
        with pytest.raises(InvalidInput, match=r"Give sqlite:///file\.db"):
            await opening


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
async def test_a_server_that_is_not_there_is_unreachable(scheme: str) -> None:
    url = f"{scheme}://nobody@127.0.0.1:1/none"
    assert is_postgres(url)
    for opening in (open_store(url, (), clock=SystemClock(), sender="test"), applied_migrations(url)):
        with pytest.raises(StoreUnreachable, match="cannot be reached"):
            await opening


async def test_opening_tells_what_it_did(store_url: str) -> None:
    assert await applied_migrations(store_url) == []
    first = await open_store(store_url, _SUITE, clock=SystemClock(), sender="first")
    second = await open_store(store_url, _SUITE, clock=SystemClock(), sender="second")
    third = await open_store(store_url, [*_SUITE, _GROWN], clock=SystemClock(), sender="third")
    assert first.migrated == ("store/0001_create", "testing/0001_create")
    assert second.migrated == ()
    assert third.migrated == ("testing/0002_grow",)
    for opened in (first, second, third):
        await opened.store.close()
    applied = [
        Applied(migration.capability, migration.number, migration.digest)
        for migration in (*STORE_MIGRATIONS, *_SUITE, _GROWN)
    ]
    assert sorted(await applied_migrations(store_url), key=str) == sorted(applied, key=str)


async def test_a_newer_or_an_edited_database_is_refused(store_url: str) -> None:
    async with Site(store_url) as site:
        await site.open(migrations=[*_SUITE, _GROWN])
        with pytest.raises(StoreNewer, match="Upgrade this program"):
            await site.open()
        with pytest.raises(StoreUnsuitable, match="another text of migration testing/0002_grow"):
            await site.open(migrations=[*_SUITE, replace(_GROWN, digest="edited")])
        # Whoever does not use the capability is not concerned.
        await site.open(migrations=[])


async def test_a_migrated_database_is_like_a_fresh_one(store_url: str, other_url: str) -> None:
    async with Site(store_url) as grown, Site(other_url) as fresh:
        for migrations in ((), _SUITE):
            await grown.open(migrations=migrations)
        schemas = [await schema_of(await site.open(migrations=(*_SUITE, _GROWN))) for site in (grown, fresh)]
    assert schemas[0] == schemas[1]
    assert any("suite_more" in line for line in schemas[0])


async def test_an_open_store_goes_on_while_another_program_migrates(store_url: str) -> None:
    async with Site(store_url) as site:
        store = await site.open()
        for number in range(5):
            await store.write(put, Item(number), tenants=[TENANT])
            await store.read(all_items, tenants=[TENANT])
        await site.open(migrations=[*_SUITE, _GROWN])
        for number in range(5, 10):
            await store.write(put, Item(number), tenants=[TENANT])
        assert len(await store.read(all_items, tenants=[TENANT])) == 10


async def test_the_clock_of_a_file_is_ours(sqlite_url: str) -> None:
    async with Site(sqlite_url, clock=FakeClock(77)) as site:
        store = await site.open()
        assert await store.write(lambda tx: tx.now) == 77


async def test_only_connections_that_write_have_something_put_around_them(store_url: str) -> None:
    async with Site(store_url) as site:
        faults = Faults()
        store = await site.open(around=faults.around)
        await store.read(lambda tx: tx.now)
        assert faults.passed("begin") == 0
        await store.write(put, Item(1), tenants=[TENANT])
        assert (faults.passed("begin"), faults.passed("commit"), faults.passed("committed")) == (1, 1, 1)


async def test_opening_many_times_leaves_nothing_open(store_url: str) -> None:
    for _ in range(5):
        async with Site(store_url) as site:
            await asyncio.gather(*(site.open() for _ in range(2)))
