"""A store's lifetime: opened by many at once, closed with nothing lost."""

import asyncio

from stratum.store import StoreClosed, Tx
from stratum.store.service import PENDING_MAX
from stratum.testing.site import Check, Site
from stratum.testing.store_suite.rows import TENANT, Item, ids, put, put_each


def _secret(tx: Tx) -> bytes:
    return tx.secret


async def many_open_it_at_once(site: Site) -> None:
    """The first makes the database, the others find it made; all have the same secret."""
    stores = await asyncio.gather(*(site.open() for _ in range(6)))
    keys = {await store.read(_secret) for store in stores}
    assert len(keys) == 1
    assert all(len(key) == 32 for key in keys)
    await asyncio.gather(*(store.write(put, Item(n), tenants=[TENANT]) for n, store in enumerate(stores)))
    assert await stores[0].read(ids, tenants=[TENANT]) == list(range(6))


async def what_was_asked_before_the_end_is_done(site: Site) -> None:
    """Closing finishes what waits; nobody is left without an answer, and what comes later is refused."""
    store = await site.open()
    asked = [asyncio.create_task(store.write_each(put_each, Item(n), tenants=[TENANT])) for n in range(200)]
    looking = asyncio.create_task(store.read(ids, tenants=[TENANT]))
    await asyncio.sleep(0)
    await asyncio.gather(store.close(), store.close())
    assert await asyncio.gather(*asked) == list(range(200))
    assert len(await looking) in {0, 200}
    again = await site.open()
    assert await again.read(ids, tenants=[TENANT]) == list(range(200))
    late = await asyncio.gather(
        store.write(put, Item(200), tenants=[TENANT]), store.read(ids, tenants=[TENANT]), return_exceptions=True
    )
    assert all(isinstance(error, StoreClosed) and error.code == "store_closed" for error in late)
    await store.close()


async def more_than_may_wait_is_taken_in_later(site: Site) -> None:
    """Above the bound callers wait their turn; none is forgotten."""
    store = await site.open()

    def nothing(_tx: Tx, items: list[int]) -> list[int]:
        return items

    count = PENDING_MAX + 1_000
    results = await asyncio.gather(*(store.write_each(nothing, number) for number in range(count)))
    assert results == list(range(count))


LIFETIME_CHECKS: tuple[Check, ...] = (
    many_open_it_at_once,
    what_was_asked_before_the_end_is_done,
    more_than_may_wait_is_taken_in_later,
)
