"""Tenants: the database itself keeps them apart, whatever a query forgets to say."""

import asyncio

from stratum.store import StoreRefused, Tx
from stratum.testing.site import Check, Site
from stratum.testing.store_suite.rows import OTHER, TENANT, Item, Q, all_items, ids, put

_MINE = Item(1, "mine", TENANT)
_THEIRS = Item(2, "theirs", OTHER)


async def _fill(site: Site) -> None:
    store = await site.open()
    for item in (_MINE, _THEIRS):
        await store.write(put, item, tenants=[item.tenant])


async def without_a_tenant_nothing_is_seen(site: Site) -> None:
    """A transaction that names nobody sees no row, and changes none."""
    await _fill(site)
    store = await site.open()
    assert await store.read(ids) == []
    assert await store.write(lambda tx: tx.run(Q.remove_item, tenant=TENANT, id=1)) == 0
    assert await store.read(ids, tenants=[TENANT]) == [1]


async def other_tenants_are_not_seen(site: Site) -> None:
    """A query without any condition gives one tenant's rows, and changes reach no other's."""
    await _fill(site)
    store = await site.open()
    assert await store.read(all_items, tenants=[TENANT]) == [_MINE]
    assert await store.read(all_items, tenants=[OTHER]) == [_THEIRS]
    assert await store.read(all_items, tenants=[TENANT, OTHER]) == [_MINE, _THEIRS]
    changed = await store.write(lambda tx: tx.run(Q.change_item, tenant=OTHER, id=2, body="x"), tenants=[TENANT])
    removed = await store.write(lambda tx: tx.run(Q.remove_item, tenant=OTHER, id=2), tenants=[TENANT])
    assert (changed, removed) == (0, 0)
    assert await store.read(all_items, tenants=[OTHER]) == [_THEIRS]


async def nobody_writes_for_another_tenant(site: Site) -> None:
    """A row of a tenant that the transaction does not act for is refused, and only that."""
    store = await site.open()
    results = await asyncio.gather(
        store.write(put, Item(1), tenants=[TENANT]),
        store.write(put, Item(3, tenant="third"), tenants=[TENANT]),
        store.write(put, Item(4), tenants=[TENANT]),
        return_exceptions=True,
    )
    assert isinstance(results[1], StoreRefused)
    assert await store.read(ids, tenants=[TENANT, "third"]) == [1, 4]


async def a_batch_sees_its_items_tenants_and_no_more(site: Site) -> None:
    """Writes of two tenants share a transaction; a third one's rows stay out of it."""
    await _fill(site)
    store = await site.open()
    await store.write(put, Item(3, tenant="third"), tenants=["third"])
    seen = await asyncio.gather(store.write(ids, tenants=[TENANT]), store.write(ids, tenants=[OTHER]))
    assert list(seen) == [[1, 2], [1, 2]]


async def the_engine_admits_tenants_that_it_found(site: Site) -> None:
    """A claim reads rows of all tenants, then admits those it took; the next transaction has none of them."""
    await _fill(site)
    store = await site.open()
    for item in (_MINE, _THEIRS):
        await store.write(lambda tx, tenant: tx.run(Q.put_claim, tenant=tenant, id=1), item.tenant)

    def claim(tx: Tx) -> tuple[list[int], list[int]]:
        found = [tenant for tenant, _ in tx.all(Q.claims)]
        before = ids(tx)
        tx.admit(found[:1])
        return before, ids(tx)

    assert await store.write(claim) == ([], [1])
    assert await store.write(ids) == []
    assert await store.read(ids) == []


TENANT_CHECKS: tuple[Check, ...] = (
    without_a_tenant_nothing_is_seen,
    other_tenants_are_not_seen,
    nobody_writes_for_another_tenant,
    a_batch_sees_its_items_tenants_and_no_more,
    the_engine_admits_tenants_that_it_found,
)
