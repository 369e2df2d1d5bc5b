"""Faults: a store whose database fails says so to everybody concerned, keeps nothing by halves, and goes on by itself."""

import asyncio

from stratum.kernel.errors import Unavailable
from stratum.store import CommitUnknown, StoreBusy, StoreContended, StoreUnreachable
from stratum.store.batch import CommitBrokeError
from stratum.testing.faults import Faults
from stratum.testing.site import Check, Site
from stratum.testing.suite.rows import TENANT, Item, ids, put


class _BrokenError(Exception):
    """What a driver raises; the faults' own session translates it."""


def _raise(error: Exception) -> None:
    raise error


async def all_of_a_batch_learn_that_the_database_is_away(site: Site) -> None:
    """Each gets an error of its own, nothing is kept, and the next write works."""
    faults = Faults(words={_BrokenError: lambda: StoreBusy("somebody holds it")})
    store = await site.open(around=faults.around)
    faults.at("commit", lambda: _raise(_BrokenError()))
    asked = [store.write(put, Item(number), tenants=[TENANT]) for number in range(3)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(result, StoreBusy) for result in results)
    assert len({id(result) for result in results}) == 3
    assert await store.read(ids, tenants=[TENANT]) == []
    assert await store.write(put, Item(7), tenants=[TENANT]) == 7


async def a_broken_connection_is_replaced_unnoticed(site: Site) -> None:
    """A connection that broke while nobody used it costs nobody an error."""
    faults = Faults(words={_BrokenError: lambda: StoreUnreachable("it is gone")})
    store = await site.open(around=faults.around)
    await store.write(put, Item(1), tenants=[TENANT])
    faults.at("begin", lambda: _raise(_BrokenError()))
    assert await store.write(put, Item(2), tenants=[TENANT]) == 2
    assert await store.read(ids, tenants=[TENANT]) == [1, 2]


async def what_stays_away_is_told(site: Site) -> None:
    """A database that a new connection does not reach either is unreachable."""
    faults = Faults(words={_BrokenError: lambda: StoreUnreachable("it is gone")})
    store = await site.open(around=faults.around)
    await store.write(put, Item(1), tenants=[TENANT])
    faults.at("begin", lambda: _raise(_BrokenError()), nth=1)
    faults.at("begin", lambda: _raise(_BrokenError()), nth=2)
    results = await asyncio.gather(store.write(put, Item(2), tenants=[TENANT]), return_exceptions=True)
    assert isinstance(results[0], StoreUnreachable)
    assert await store.write(put, Item(3), tenants=[TENANT]) == 3


async def an_unknown_commit_is_not_tried_again(site: Site) -> None:
    """When the answer to a commit is lost, only the caller can know whether asking again is right."""
    faults = Faults()
    store = await site.open(around=faults.around)
    await store.write(put, Item(1), tenants=[TENANT])
    faults.at("committed", lambda: _raise(CommitBrokeError()))
    results = await asyncio.gather(store.write(put, Item(2), tenants=[TENANT]), return_exceptions=True)
    assert isinstance(results[0], CommitUnknown)
    assert isinstance(results[0], Unavailable)
    assert await store.read(ids, tenants=[TENANT]) == [1, 2]


async def a_batch_that_stood_in_the_way_runs_again(site: Site) -> None:
    """A deadlock or a failed serialisation is the batch's to repeat; only at the bound is it told."""
    faults = Faults(words={_BrokenError: lambda: StoreContended("two stood in each other's way")})
    store = await site.open(around=faults.around)
    for turn in (1, 2, 3):
        faults.at("commit", lambda: _raise(_BrokenError()), nth=turn)
    assert await store.write(put, Item(1), tenants=[TENANT]) == 1
    for turn in range(1, 20):
        faults.at("commit", lambda: _raise(_BrokenError()), nth=turn)
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
