"""Faults: a store whose database fails says so to all concerned, keeps nothing by halves, and goes on by itself."""

import asyncio

from stratum.kernel.errors import Unavailable
from stratum.store import CommitUnknown, StoreBusy, StoreContended, StoreUnreachable
from stratum.store.batch import CommitBrokeError
from stratum.testing.faults import Faults
from stratum.testing.site import Check, Site
from stratum.testing.store_suite.rows import TENANT, Item, ids, put


def _lose_the_answer() -> None:
    raise CommitBrokeError


async def all_of_a_batch_learn_that_the_database_is_away(site: Site) -> None:
    """Each gets an error of its own, nothing is kept, and the next write works."""
    faults = Faults()
    store = await site.open(around=faults.around)
    faults.fail("commit", StoreBusy("Somebody holds it."))
    asked = [store.write(put, Item(number), tenants=[TENANT]) for number in range(3)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(result, StoreBusy) for result in results)
    assert len({id(result) for result in results}) == 3
    assert await store.read(ids, tenants=[TENANT]) == []
    assert await store.write(put, Item(7), tenants=[TENANT]) == 7


async def a_broken_connection_is_replaced_unnoticed(site: Site) -> None:
    """A connection that broke while nobody used it costs nobody an error."""
    faults = Faults()
    store = await site.open(around=faults.around)
    await store.write(put, Item(1), tenants=[TENANT])
    faults.fail("begin", StoreUnreachable("It is gone."))
    assert await store.write(put, Item(2), tenants=[TENANT]) == 2
    assert await store.read(ids, tenants=[TENANT]) == [1, 2]


async def what_stays_away_is_told(site: Site) -> None:
    """A database that a new connection does not reach either is unreachable."""
    faults = Faults()
    store = await site.open(around=faults.around)
    await store.write(put, Item(1), tenants=[TENANT])
    for turn in (1, 2):
        faults.fail("begin", StoreUnreachable("It is gone."), nth=turn)
    results = await asyncio.gather(store.write(put, Item(2), tenants=[TENANT]), return_exceptions=True)
    assert isinstance(results[0], StoreUnreachable)
    assert await store.write(put, Item(3), tenants=[TENANT]) == 3


async def an_unknown_commit_is_not_tried_again(site: Site) -> None:
    """When the answer to a commit is lost, only the caller can know whether asking again is right."""
    faults = Faults()
    store = await site.open(around=faults.around)
    await store.write(put, Item(1), tenants=[TENANT])
    faults.at("committed", _lose_the_answer)
    results = await asyncio.gather(store.write(put, Item(2), tenants=[TENANT]), return_exceptions=True)
    assert isinstance(results[0], CommitUnknown)
    assert isinstance(results[0], Unavailable)
    assert await store.read(ids, tenants=[TENANT]) == [1, 2]


async def a_batch_that_stood_in_the_way_runs_again(site: Site) -> None:
    """A deadlock or a failed serialisation is the batch's to repeat; only at the bound is it told."""
    faults = Faults()
    store = await site.open(around=faults.around)
    for turn in (1, 2, 3):
        faults.fail("commit", StoreContended("Two stood in each other's way."), nth=turn)
    assert await store.write(put, Item(1), tenants=[TENANT]) == 1
    for turn in range(1, 20):
        faults.fail("commit", StoreContended("Two stood in each other's way."), nth=turn)
    results = await asyncio.gather(store.write(put, Item(2), tenants=[TENANT]), return_exceptions=True)
    assert isinstance(results[0], StoreContended)
    assert await store.read(ids, tenants=[TENANT]) == [1]


FAULT_CHECKS: tuple[Check, ...] = (
    all_of_a_batch_learn_that_the_database_is_away,
    a_broken_connection_is_replaced_unnoticed,
    what_stays_away_is_told,
    an_unknown_commit_is_not_tried_again,
    a_batch_that_stood_in_the_way_runs_again,
)
