"""Offences: of the writes that share a transaction, only the one that fails is told of an error."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

from stratum.kernel.errors import InvalidInput, StratumError
from stratum.store import StoreRefused, TransactionAbused, Tx
from stratum.testing.site import Check, Site
from stratum.testing.store_suite.rows import TENANT, Item, ids, put, put_each


class _OwnError(StratumError):
    """An error of a capability, with its own idea of what it is made of."""

    def __init__(self, message: str, *, run_id: str) -> None:
        super().__init__(message)
        self.run_id = run_id


def _put_and_raise(tx: Tx, item: Item) -> None:
    put(tx, item)
    message = "the author's own"
    raise _OwnError(message, run_id="run_1")


async def only_the_offender_fails(site: Site) -> None:
    """One function raises; whatever shared its transaction commits, and of its own work nothing stays."""
    store = await site.open()
    results = await asyncio.gather(
        store.write(put, Item(1), tenants=[TENANT]),
        store.write(_put_and_raise, Item(2), tenants=[TENANT]),
        store.write_each(put_each, Item(3), tenants=[TENANT]),
        store.write(put, Item(4), tenants=[TENANT]),
        return_exceptions=True,
    )
    assert results[0] == 1
    assert list(results[2:]) == [3, 4]
    assert isinstance(results[1], _OwnError)
    assert results[1].run_id == "run_1"
    assert await store.read(ids, tenants=[TENANT]) == [1, 3, 4]


async def an_item_that_fails_its_whole_set_fails_alone(site: Site) -> None:
    """A set-based function that raises is run again item by item."""
    store = await site.open()

    def picky(tx: Tx, items: list[Item]) -> Sequence[int | BaseException]:
        if any(item.id == 2 for item in items):
            message = "not this one"
            raise ValueError(message)
        return put_each(tx, items)

    asked = [store.write_each(picky, Item(number), tenants=[TENANT]) for number in range(5)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [result for result in results if isinstance(result, int)] == [0, 1, 3, 4]
    assert isinstance(results[2], ValueError)
    assert await store.read(ids, tenants=[TENANT]) == [0, 1, 3, 4]


async def a_broken_rule_is_refused_in_plain_words(site: Site) -> None:
    """What a constraint forbids is the offender's StoreRefused, also when it comes first; the others commit."""
    store = await site.open()
    await store.write(put, Item(1), tenants=[TENANT])
    asked = [store.write(put, Item(number), tenants=[TENANT]) for number in (1, 2, 3)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(results[0], StoreRefused)
    assert results[1:] == [2, 3]
    assert await store.read(ids, tenants=[TENANT]) == [1, 2, 3]


async def a_function_that_ran_twice_has_worked_once(site: Site) -> None:
    """When a neighbour fails, a function runs again; the rows of its first time are gone."""
    store = await site.open()
    calls = 0

    def count(tx: Tx) -> int:
        nonlocal calls
        calls += 1
        return put(tx, Item(calls))

    results = await asyncio.gather(
        store.write(count, tenants=[TENANT]),
        store.write(_put_and_raise, Item(100), tenants=[TENANT]),
        return_exceptions=True,
    )
    assert calls == 2
    assert results[0] == 2
    assert await store.read(ids, tenants=[TENANT]) == [2]


async def a_wrong_number_of_results_is_refused(site: Site) -> None:
    """A set-based function that forgets an item would acknowledge what it does not know of."""
    store = await site.open()

    def forgetful(tx: Tx, items: list[Item]) -> Sequence[int | BaseException]:
        return put_each(tx, items)[1:]

    result = await asyncio.gather(store.write_each(forgetful, Item(1), tenants=[TENANT]), return_exceptions=True)
    assert isinstance(result[0], TransactionAbused)
    assert await store.read(ids, tenants=[TENANT]) == []


async def a_reader_changes_nothing(site: Site) -> None:
    """A function that is only to read cannot write."""
    store = await site.open()
    results = await asyncio.gather(
        store.read(put, Item(1), tenants=[TENANT]), store.read(ids, tenants=[TENANT]), return_exceptions=True
    )
    assert isinstance(results[0], Exception)
    assert results[1] == []
    assert await store.read(ids, tenants=[TENANT]) == []


async def what_is_no_exception_reaches_its_caller_as_one(site: Site) -> None:
    """SystemExit, a cancellation or StopIteration out of a function ends no thread and no task."""
    store = await site.open()
    strange: list[BaseException] = [SystemExit(1), asyncio.CancelledError(), StopIteration(), KeyboardInterrupt()]

    def raise_it(tx: Tx, number: int) -> None:
        put(tx, Item(number))
        raise strange[number]

    def give_it(tx: Tx, numbers: list[int]) -> list[BaseException]:
        put_each(tx, [Item(10 + number) for number in numbers])
        return [strange[number] for number in numbers]

    for number in range(len(strange)):
        attempts: list[Coroutine[Any, Any, object]] = [
            store.write(raise_it, number, tenants=[TENANT]),
            store.write_each(give_it, number, tenants=[TENANT]),
            store.read(raise_it, number, tenants=[TENANT]),
        ]
        for asked in attempts:
            result = (await asyncio.gather(asked, return_exceptions=True))[0]
            assert isinstance(result, Exception), f"{strange[number]!r} became {result!r}"
    assert await store.read(ids, tenants=[TENANT]) == [10, 11, 12, 13]


async def a_function_that_has_yet_to_run_is_refused(site: Site) -> None:
    """An asynchronous function or a generator would work after the transaction, or never."""
    store = await site.open()

    async def later(tx: Tx) -> int:
        return put(tx, Item(1))

    def lazily(tx: Tx) -> Iterator[int]:
        yield put(tx, Item(1))

    functions: list[Callable[[Tx], object]] = [later, lazily]
    for function in functions:
        result = (await asyncio.gather(store.write(function, tenants=[TENANT]), return_exceptions=True))[0]
        assert isinstance(result, TransactionAbused)
    assert await store.read(ids, tenants=[TENANT]) == []


async def a_transaction_ends_with_its_function(site: Site) -> None:
    """Whoever keeps a transaction and uses it later is told so, and changes nothing."""
    store = await site.open()
    kept: list[Tx] = []

    def keep(tx: Tx) -> None:
        kept.append(tx)
        put(tx, Item(1))

    await store.write(keep, tenants=[TENANT])
    await asyncio.gather(store.write(_put_and_raise, Item(2), tenants=[TENANT]), return_exceptions=True)
    await store.read(kept.append, tenants=[TENANT])
    for tx in kept:
        try:
            put(tx, Item(3))
        except TransactionAbused:
            continue
        message = "A transaction worked after its end."
        raise AssertionError(message)
    assert await store.read(ids, tenants=[TENANT]) == [1]


async def a_name_that_is_no_tenant_fails_alone(site: Site) -> None:
    """It is refused before it can spoil the transaction of others, or be read as two names."""
    store = await site.open()
    results = await asyncio.gather(
        store.write(put, Item(1), tenants=[TENANT]),
        store.write(put, Item(2), tenants=[f"{TENANT},globex"]),
        store.write_each(put_each, Item(3), tenants=["'"]),
        store.read(ids, tenants=[""]),
        return_exceptions=True,
    )
    assert results[0] == 1
    assert all(isinstance(result, InvalidInput) for result in results[1:])
    assert await store.read(ids, tenants=[TENANT]) == [1]


async def a_callback_that_fails_keeps_nobody_waiting(site: Site) -> None:
    """The error of one callback goes to the event loop's handler; everybody else gets an answer."""
    store = await site.open()
    loop = asyncio.get_running_loop()
    complaints: list[dict[str, Any]] = []

    def broken(_value: object, _error: BaseException | None) -> None:
        message = "the callback's own"
        raise ValueError(message)

    loop.set_exception_handler(lambda _loop, context: complaints.append(context))
    try:
        store.submit_each(put_each, Item(1), broken, tenants=[TENANT])
        assert await store.write_each(put_each, Item(2), tenants=[TENANT]) == 2
    finally:
        loop.set_exception_handler(None)
    assert [str(complaint["exception"]) for complaint in complaints] == ["the callback's own"]
    assert await store.read(ids, tenants=[TENANT]) == [1, 2]


OFFENCE_CHECKS: tuple[Check, ...] = (
    only_the_offender_fails,
    an_item_that_fails_its_whole_set_fails_alone,
    a_broken_rule_is_refused_in_plain_words,
    a_function_that_ran_twice_has_worked_once,
    a_wrong_number_of_results_is_refused,
    a_reader_changes_nothing,
    what_is_no_exception_reaches_its_caller_as_one,
    a_function_that_has_yet_to_run_is_refused,
    a_transaction_ends_with_its_function,
    a_name_that_is_no_tenant_fails_alone,
    a_callback_that_fails_keeps_nobody_waiting,
)
