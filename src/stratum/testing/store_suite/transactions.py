"""Transactions: what is acknowledged is kept, whole and in order, and writes that wait together share a commit."""

import asyncio
from collections.abc import Sequence
from threading import Event

from stratum.store import Store, Tx, digest_of, keep_bodies, load_body
from stratum.testing.faults import Faults
from stratum.testing.site import Check, Site
from stratum.testing.store_suite.rows import OTHER, TENANT, Item, Q, all_items, ids, put, put_each
from stratum.testing.waiting import eventually

_HELD_SECONDS_MAX = 20.0


async def a_write_is_kept_when_its_result_comes(site: Site) -> None:
    """The result of a write is its function's, and any other connection sees what it did."""
    writer, reader = await site.open(), await site.open()
    for number in range(3):
        assert await writer.write(put, Item(number, "body"), tenants=[TENANT]) == number
        assert await reader.read(ids, tenants=[TENANT]) == list(range(number + 1))


async def values_come_back_as_they_went_in(site: Site) -> None:
    """Texts of any alphabet, the largest numbers, nothing, and what could be mistaken for syntax."""
    store = await site.open()
    texts = [
        "",
        "é€😀",
        "'; DROP TABLE suite_item; --",
        "%s :name $1",
        '{"a": [1, null]}',
        'a\nb\t\\ "c"',
        "NULL",
        None,
    ]
    items = [Item(2**62 + place, text) for place, text in enumerate(texts)]
    for item in items[::2]:
        await store.write(put, item, tenants=[TENANT])
    await asyncio.gather(*(store.write_each(put_each, item, tenants=[TENANT]) for item in items[1::2]))
    assert await store.read(all_items, tenants=[TENANT]) == items


async def a_statement_tells_how_many_rows_it_changed(site: Site) -> None:
    """``run`` counts, ``one`` gives a row or None, and ``each`` of no rows does nothing."""
    store = await site.open()

    def work(tx: Tx) -> list[object]:
        put(tx, Item(1, "a"))
        return [
            tx.run(Q.change_item, tenant=TENANT, id=1, body="b"),
            tx.run(Q.change_item, tenant=TENANT, id=2, body="b"),
            tx.one(Q.item, tenant=TENANT, id=1),
            tx.one(Q.item, tenant=TENANT, id=2),
            tx.each(Q.put_each, []),
            tx.run(Q.remove_item, tenant=TENANT, id=1),
            tx.run(Q.remove_item, tenant=TENANT, id=1),
        ]

    assert await store.write(work, tenants=[TENANT]) == [1, 0, (TENANT, 1, "b"), None, [], 1, 0]


async def each_item_gets_the_result_of_its_place(site: Site) -> None:
    """Items that wait together come to the function as one list; results, and errors among them, go back by place."""
    store = await site.open()
    await store.write(put, Item(3), tenants=[TENANT])
    items = [Item(number) for number in range(6)]
    asked = [store.write_each(put_each, item, tenants=[TENANT]) for item in items]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [result for result in results if isinstance(result, int)] == [0, 1, 2, 4, 5]
    assert isinstance(results[3], LookupError)
    assert await store.read(ids, tenants=[TENANT]) == list(range(6))


async def writes_that_wait_together_share_a_commit(site: Site) -> None:
    """A hundred writers need a few commits, not a hundred; and of one function each commit runs it once."""
    faults = Faults()
    store = await site.open(around=faults.around)
    sizes: list[int] = []

    def noted(tx: Tx, items: list[Item]) -> Sequence[int | BaseException]:
        sizes.append(len(items))
        return put_each(tx, items)

    before = faults.passed("committed")
    for turn in range(3):
        asked = [store.write_each(noted, Item(100 * turn + number), tenants=[TENANT]) for number in range(100)]
        await asyncio.gather(*asked)
    assert sum(sizes) == 300
    assert faults.passed("committed") - before == len(sizes) <= 6
    assert len(await store.read(ids, tenants=[TENANT])) == 300


async def functions_of_several_kinds_share_a_commit(site: Site) -> None:
    """Single writes and set-based ones that wait together are one transaction."""
    faults = Faults()
    store = await site.open(around=faults.around)
    before = faults.passed("committed")
    await asyncio.gather(
        store.write(put, Item(1), tenants=[TENANT]),
        store.write_each(put_each, Item(2), tenants=[TENANT]),
        store.write(put, Item(3), tenants=[TENANT], flush=False),
        store.write_each(put_each, Item(4, tenant=OTHER), tenants=[OTHER]),
    )
    assert faults.passed("committed") - before == 1
    assert await store.read(ids, tenants=[TENANT, OTHER]) == [1, 2, 3, 4]


async def an_unflushed_write_is_seen_at_once(site: Site) -> None:
    """``flush=False`` may lose a write in a power cut, and nothing else."""
    store, other = await site.open(), await site.open()
    await store.write(put, Item(1), tenants=[TENANT], flush=False)
    assert await other.read(ids, tenants=[TENANT]) == [1]
    await other.write(put, Item(2), tenants=[TENANT])
    assert await store.read(ids, tenants=[TENANT]) == [1, 2]


async def a_cancelled_writer_tears_nothing(site: Site) -> None:
    """Whoever stops waiting for a write in the middle of it leaves it whole."""
    store, other = await site.open(), await site.open()
    inside, go_on = Event(), Event()

    def slow(tx: Tx) -> None:
        put(tx, Item(1))
        inside.set()
        assert go_on.wait(_HELD_SECONDS_MAX)
        put(tx, Item(2))

    writing = asyncio.create_task(store.write(slow, tenants=[TENANT]))
    await eventually(inside.is_set)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert writing.cancelled()
    assert await other.read(ids, tenants=[TENANT]) == []
    go_on.set()
    await store.write(put, Item(3), tenants=[TENANT])
    assert await other.read(ids, tenants=[TENANT]) == [1, 2, 3]


async def a_read_sees_one_state(site: Site) -> None:
    """What others commit in the middle of a read does not show in the rest of it, and the read holds up nobody."""
    store, other = await site.open(), await site.open()
    inside, go_on = Event(), Event()

    def look_twice(tx: Tx) -> tuple[list[int], list[int]]:
        first = ids(tx)
        inside.set()
        assert go_on.wait(_HELD_SECONDS_MAX)
        return first, ids(tx)

    await store.write(put, Item(1), tenants=[TENANT])
    reading = asyncio.create_task(store.read(look_twice, tenants=[TENANT]))
    await eventually(inside.is_set)
    await store.write(put, Item(2), tenants=[TENANT])
    await other.write(put, Item(3), tenants=[TENANT])
    go_on.set()
    assert await reading == ([1], [1])
    assert await store.read(ids, tenants=[TENANT]) == [1, 2, 3]


async def time_stands_still_in_a_transaction(site: Site) -> None:
    """``tx.now`` is read once, and goes on from one transaction to the next."""
    store = await site.open()

    def twice(tx: Tx) -> tuple[int, int]:
        return tx.now, tx.now

    first, again = await store.write(twice)
    later, _ = await store.write(twice)
    assert 1_600_000_000_000 < first == again <= later


async def large_bodies_are_kept_once(site: Site) -> None:
    """A body is kept once per tenant and content, under a digest that differs between tenants."""
    store, other = await site.open(), await site.open()
    body = "ä" * 20_000

    def keep(tx: Tx) -> list[str]:
        digests = [digest_of(body, tx.secret, tenant) for tenant in (TENANT, OTHER)]
        pairs = zip((TENANT, OTHER), digests, strict=True)
        keep_bodies(tx, [(tenant, digest, body) for tenant, digest in pairs])
        return digests

    def load(tx: Tx, tenant: str, digest: str) -> str | None:
        return load_body(tx, tenant, digest)

    first = await store.write(keep, tenants=[TENANT, OTHER])
    assert first[0] != first[1]
    assert await other.write(keep, tenants=[TENANT, OTHER]) == first
    assert await _loaded(store, TENANT, first[0]) == body
    assert await _loaded(store, TENANT, first[1]) is None
    assert await store.read(load, OTHER, first[1], tenants=[OTHER]) == body


async def _loaded(store: Store, tenant: str, digest: str) -> str | None:
    def load(tx: Tx) -> str | None:
        return load_body(tx, tenant, digest)

    return await store.read(load, tenants=[tenant])


TRANSACTION_CHECKS: tuple[Check, ...] = (
    a_write_is_kept_when_its_result_comes,
    values_come_back_as_they_went_in,
    a_statement_tells_how_many_rows_it_changed,
    each_item_gets_the_result_of_its_place,
    writes_that_wait_together_share_a_commit,
    functions_of_several_kinds_share_a_commit,
    an_unflushed_write_is_seen_at_once,
    a_cancelled_writer_tears_nothing,
    a_read_sees_one_state,
    time_stands_still_in_a_transaction,
    large_bodies_are_kept_once,
)
