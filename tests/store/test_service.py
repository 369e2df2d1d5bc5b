import asyncio
from threading import Event

import pytest

from stratum.kernel.clock import SystemClock
from stratum.store.errors import StoreBusy, StoreClosed
from stratum.store.file_queue import FileQueue
from stratum.store.migrate import load_migrations
from stratum.store.open import open_store, sqlite_path
from stratum.store.service import Store
from stratum.store.tx import Tx
from stratum.testing import Site, eventually
from stratum.testing.store_suite.rows import TENANT, Item, ids, put, put_each

_LONG = 20.0


async def _open(url: str) -> Store:
    return (await open_store(url, load_migrations("stratum.testing"), clock=SystemClock(), sender="test")).store


def test_an_event_loop_that_ends_first_leaves_no_error_and_no_lost_write(store_url: str) -> None:
    go_on = Event()
    stores: list[Store] = []

    def slow(tx: Tx) -> None:
        assert go_on.wait(_LONG)
        put_and_hint(tx)

    def put_and_hint(tx: Tx) -> None:
        put(tx, Item(1))
        tx.wake("ready")

    async def leave_early() -> None:
        store = await _open(store_url)
        stores.append(store)
        asked = asyncio.create_task(store.write(slow, tenants=[TENANT]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked.cancel()

    async def look() -> list[int]:
        async with Site(store_url) as site:
            store = await site.open()

            async def kept() -> list[int]:
                return await store.read(ids, tenants=[TENANT])

            return await eventually(kept, within=_LONG)

    asyncio.run(leave_early())
    go_on.set()
    assert asyncio.run(look()) == [1]
    # Its threads have nobody left to tell; the store can still be closed, in any loop.
    stores[0].heard(None)
    asyncio.run(stores[0].close())


async def test_whoever_is_cancelled_while_closing_does_not_stop_it(store_url: str) -> None:
    store = await _open(store_url)
    go_on = Event()

    def slow(tx: Tx) -> int:
        assert go_on.wait(_LONG)
        return put(tx, Item(1))

    asked = asyncio.create_task(store.write(slow, tenants=[TENANT]))
    await asyncio.sleep(0)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    with pytest.raises(StoreClosed):
        await store.write(put, Item(2), tenants=[TENANT])
    go_on.set()
    await store.close()
    assert await asked == 1


async def test_a_callback_gets_its_own_result_or_error(store_url: str) -> None:
    store = await _open(store_url)
    answers: asyncio.Queue[tuple[object, BaseException | None]] = asyncio.Queue()

    def done(value: object, error: BaseException | None) -> None:
        answers.put_nowait((value, error))

    await store.write(put, Item(2), tenants=[TENANT])
    for number in range(3):
        store.submit_each(put_each, Item(number), done, tenants=[TENANT])
    found = [await asyncio.wait_for(answers.get(), _LONG) for _ in range(3)]
    assert [value for value, error in found if error is None] == [0, 1]
    assert isinstance(found[2][1], LookupError)
    await store.close()


async def test_callers_above_the_bound_are_taken_in_when_half_is_done(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stratum.store.service.PENDING_MAX", 10)
    monkeypatch.setattr("stratum.store.service._PENDING_AGAIN", 5)
    store = await _open(store_url)
    inside, go_on = Event(), Event()
    sizes: list[int] = []

    def held(_tx: Tx, items: list[int]) -> list[int]:
        sizes.append(len(items))
        inside.set()
        assert go_on.wait(_LONG)
        return items

    asked = [asyncio.create_task(store.write_each(held, number)) for number in range(40)]
    await eventually(inside.is_set)
    go_on.set()
    assert await asyncio.gather(*asked) == list(range(40))
    assert max(sizes) <= 10
    await store.close()


async def test_readers_share_what_waits(store_url: str) -> None:
    store = await _open(store_url)
    both = [Event(), Event()]

    def meet(_tx: Tx, mine: int) -> bool:
        both[mine].set()
        return both[1 - mine].wait(_LONG)

    # Each waits for the other in the middle of its transaction, so they run at the same time.
    first = asyncio.create_task(store.read(meet, 0))
    await eventually(both[0].is_set)
    assert all(await asyncio.gather(first, store.read(meet, 1)))
    await store.close()


async def test_hints_from_other_threads_reach_the_loop(store_url: str) -> None:
    store = await _open(store_url)
    with store.subscribe("a") as a, store.subscribe("b") as b:
        while await a.wait(0.1) or await b.wait(0.1):
            pass
        await asyncio.to_thread(store.heard, ["a"])
        assert await a.wait(_LONG)
        assert not await b.wait(0)
        await asyncio.to_thread(store.heard, None)
        assert await a.wait(_LONG)
        assert await b.wait(_LONG)
    await store.close()


async def test_a_turn_to_write_that_does_not_come_is_told_within_the_bound(sqlite_url: str) -> None:
    queue = FileQueue(sqlite_path(sqlite_url))
    async with Site(sqlite_url) as site:
        store = await site.open(busy_seconds=0.1)
        queue.acquire()
        errors = await asyncio.gather(
            store.write(put, Item(1), tenants=[TENANT]),
            store.write_each(put_each, Item(2), tenants=[TENANT]),
            return_exceptions=True,
        )
        assert [type(error) for error in errors] == [StoreBusy, StoreBusy]
        assert "Another program has held the database" in str(errors[0])
        # Who comes later is told too, and reading goes on all the time.
        with pytest.raises(StoreBusy):
            await store.write(put, Item(3), tenants=[TENANT])
        assert await store.read(ids, tenants=[TENANT]) == []
        queue.release()

        async def kept() -> bool:
            try:
                return await store.write(put, Item(4), tenants=[TENANT]) == 4
            except StoreBusy:
                return False

        assert await eventually(kept)
        # What was told to have failed was not done behind the caller's back.
        assert await store.read(ids, tenants=[TENANT]) == [4]
    queue.close()


async def test_a_store_can_be_closed_while_its_turn_does_not_come(sqlite_url: str) -> None:
    queue = FileQueue(sqlite_path(sqlite_url))
    async with Site(sqlite_url) as site:
        store = await site.open(busy_seconds=0.1)
        queue.acquire()
        asked = asyncio.create_task(store.write(put, Item(1), tenants=[TENANT]))
        await asyncio.sleep(0)
        await store.close()
        assert isinstance((await asyncio.gather(asked, return_exceptions=True))[0], StoreBusy)
    queue.close()
    async with Site(sqlite_url) as site:
        assert await (await site.open()).read(ids, tenants=[TENANT]) == []
