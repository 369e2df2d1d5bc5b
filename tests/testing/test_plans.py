from dataclasses import replace

from stratum.testing import Site, plan_of
from stratum.testing.store_suite.rows import Q, ids

_ONE = {"tenant": "a", "id": 1}


async def test_a_query_by_key_reads_nothing_whole(store_url: str) -> None:
    async with Site(store_url) as site:
        store = await site.open()
        for query, values in ((Q.item, _ONE), (Q.change_item, {**_ONE, "body": "x"}), (Q.remove_item, _ONE)):
            plan = await plan_of(store, query, values, tenants=("a",))
            assert (plan.read_whole, plan.sorts) == ((), False), plan.text
            assert "suite_item" in plan.text


async def test_a_table_that_is_read_whole_is_named(store_url: str) -> None:
    async with Site(store_url) as site:
        store = await site.open()
        plan = await plan_of(store, Q.items, {}, tenants=("a",))
        assert plan.read_whole == ("suite_item",), plan.text


async def test_a_sort_is_noticed(store_url: str) -> None:
    by_body = "SELECT id FROM suite_item WHERE tenant = {} ORDER BY body"
    query = replace(Q.item, sqlite=by_body.format(":tenant"), postgres=by_body.format("%(tenant)s"))
    async with Site(store_url) as site:
        store = await site.open()
        plan = await plan_of(store, query, {"tenant": "a"}, tenants=("a",))
        assert plan.sorts, plan.text


async def test_asking_for_a_plan_changes_nothing(store_url: str) -> None:
    async with Site(store_url) as site:
        store = await site.open()
        await plan_of(store, Q.put_each, {**_ONE, "body": "x"}, tenants=("a",))
        await plan_of(store, Q.put_item, {**_ONE, "body": "x"}, tenants=("a",))
        assert await store.read(ids, tenants=["a"]) == []
