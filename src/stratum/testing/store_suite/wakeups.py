"""Wake-ups: hints that come after the commit, never instead of it, and reach whoever waits, wherever it is."""

import asyncio

from stratum.store import Tx, Wake
from stratum.testing.site import Check, Site
from stratum.testing.store_suite.rows import TENANT, Item, ids, put, put_and_wake

_SOON = 10.0
_NEVER = 0.15


async def _quiet(wake: Wake) -> None:
    """Wait until no hint is left over: the first may say no more than that nobody knows what came before."""
    while await wake.wait(_NEVER):
        pass


async def a_hint_comes_after_its_commit(site: Site) -> None:
    """Whoever is hinted finds what it was hinted of."""
    store = await site.open()
    with store.subscribe("ready") as wake:
        await _quiet(wake)
        for number in range(20):
            writing = asyncio.create_task(store.write(put_and_wake, Item(number), "ready", tenants=[TENANT]))
            assert await wake.wait(_SOON)
            assert await store.read(ids, tenants=[TENANT]) == list(range(number + 1))
            await writing


async def other_processes_are_hinted(site: Site) -> None:
    """A store that never wrote hears of the commits of another."""
    store, other = await site.open(), await site.open()
    with other.subscribe("ready") as wake:
        await _quiet(wake)
        for number in range(5):
            await store.write(put_and_wake, Item(number), "ready", tenants=[TENANT])
            assert await wake.wait(_SOON), f"No hint of commit {number} came within {_SOON} s."
            assert await other.read(ids, tenants=[TENANT]) == list(range(number + 1))


async def nothing_is_hinted_of_what_was_undone(site: Site) -> None:
    """A function that fails after its wake has woken nobody, while its neighbours have."""
    store = await site.open()

    def fail(tx: Tx) -> None:
        put_and_wake(tx, Item(1), "failed")
        message = "undone"
        raise ValueError(message)

    with store.subscribe("failed") as failed, store.subscribe("good") as good:
        await _quiet(failed)
        await _quiet(good)
        await asyncio.gather(
            store.write(fail, tenants=[TENANT]),
            store.write(put_and_wake, Item(2), "good", tenants=[TENANT]),
            return_exceptions=True,
        )
        assert await good.wait(_SOON)
        assert not await failed.wait(_NEVER)


async def a_change_between_look_and_sleep_is_not_missed(site: Site) -> None:
    """Who subscribes first and looks second is hinted of all that comes after the look."""
    store = await site.open()
    with store.subscribe("ready") as wake:
        await _quiet(wake)
        assert await store.read(ids, tenants=[TENANT]) == []
        await store.write(put_and_wake, Item(1), "ready", tenants=[TENANT])
        assert await wake.wait(_SOON)
        assert not await wake.wait(_NEVER)


async def all_who_wait_are_hinted_and_nobody_else(site: Site) -> None:
    """A topic reaches each of its waiters, with whatever else they wait for, and no other."""
    store = await site.open()
    with (
        store.subscribe("ready") as first,
        store.subscribe("ready", "ended") as second,
        store.subscribe("ended") as third,
    ):
        for wake in (first, second, third):
            await _quiet(wake)
        await store.write(put_and_wake, Item(1), "ready", tenants=[TENANT])
        assert await first.wait(_SOON)
        assert await second.wait(_SOON)
        assert not await third.wait(_NEVER)
    await store.write(put, Item(2), tenants=[TENANT])
    assert store.waiters() == 0


async def many_topics_at_once_reach_others(site: Site) -> None:
    """More topics than one notification can carry still wake who waits for one of them."""
    store, other = await site.open(), await site.open()

    def wake_many(tx: Tx) -> None:
        put(tx, Item(1))
        tx.wake(*(f"topic-{number:04}" for number in range(2_000)))

    with other.subscribe("topic-1234") as wake:
        await _quiet(wake)
        await store.write(wake_many, tenants=[TENANT])
        assert await wake.wait(_SOON)


WAKE_CHECKS: tuple[Check, ...] = (
    a_hint_comes_after_its_commit,
    other_processes_are_hinted,
    nothing_is_hinted_of_what_was_undone,
    a_change_between_look_and_sleep_is_not_missed,
    all_who_wait_are_hinted_and_nobody_else,
    many_topics_at_once_reach_others,
)
