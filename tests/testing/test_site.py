import pytest

from stratum.store import StoreClosed
from stratum.testing import FakeClock, Site
from stratum.testing.store_suite.rows import TENANT, Item, ids, put


async def test_each_store_of_a_site_is_on_the_same_database_and_closed_with_it(store_url: str) -> None:
    async with Site(store_url) as site:
        first, second = await site.open(), await site.open()
        await first.write(put, Item(1), tenants=[TENANT])
        assert await second.read(ids, tenants=[TENANT]) == [1]
    for store in (first, second):
        with pytest.raises(StoreClosed):
            await store.read(ids, tenants=[TENANT])


async def test_a_site_may_have_a_clock_of_its_own(sqlite_url: str) -> None:
    async with Site(sqlite_url, clock=FakeClock(5)) as site:
        assert await (await site.open()).read(lambda tx: tx.now) == 5
