"""Several processes on one store, each with default settings."""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from stratum.store.checkpoints import CARRY_PAGES
from stratum.store.open import sqlite_path
from stratum.testing import Site
from stratum.testing.store_suite.rows import TENANT, Item, all_items, ids, put, put_and_wake, put_each
from tests.conformance.conftest import Program
from tests.store.raw import sqlite

pytestmark = pytest.mark.slow

Start = Callable[..., Program]


def test_processes_that_open_at_once_make_one_store(store_url: str, program: Start) -> None:
    programs = [program("making", store_url) for _ in range(4)]
    for one in programs:
        assert one.hears() == {"at": "ready"}
    for one in programs:
        one.tell()
    assert len({one.hears()["secret"] for one in programs}) == 1
    for one in programs:
        one.end()


async def test_writers_of_two_processes_take_turns(store_url: str, program: Start) -> None:
    count = 600
    async with Site(store_url) as site:
        store = await site.open()
        programs = [program("taking_turns", store_url, name, str(count)) for name in "ab"]
        for one in programs:
            assert one.hears() == {"at": "ready"}
        for one in programs:
            one.tell()
        for one in programs:
            assert await asyncio.to_thread(one.hears) == {"at": "done"}
        names = [item.body for item in await store.read(all_items, tenants=[TENANT, "a", "b"])]
    assert names.count("a") == names.count("b") == count
    if store.features.name == "sqlite":
        # Here the rows are in the order of their commits. While both write, they take turns.
        both = names[names.index("b" if names[0] == "a" else "a") :]
        both = both[: len(both) - len(list(itertools.takewhile(lambda name: name == both[-1], reversed(both))))]
        longest = max((len(list(run)) for _, run in itertools.groupby(both)), default=0)
        assert len(both) > count / 2, names
        assert longest <= 60, "".join(map(str, names))


@pytest.mark.crash
async def test_what_was_acknowledged_before_a_kill_is_there(store_url: str, program: Start) -> None:
    kept: set[int] = set()
    for turn in range(1, 5):
        one = program("streaming", store_url, str(turn))
        first = [one.hears()["kept"] for _ in range(40 * turn)]
        kept.update(first, (fact["kept"] for fact in one.kill()))
    async with Site(store_url) as site:
        store = await site.open()
        found = await store.read(ids, tenants=[TENANT])
    assert kept <= set(found)
    assert len(found) == len(set(found)) <= len(kept) + 4 * 8
    if store.features.name == "sqlite":
        with sqlite(sqlite_path(store_url)) as file:
            assert file.pragma("integrity_check") == "ok"


@pytest.mark.crash
async def test_a_process_that_dies_in_a_transaction_holds_up_nobody(store_url: str, program: Start) -> None:
    one = program("holding", store_url)
    assert one.hears() == {"at": "inside"}
    async with Site(store_url) as site:
        store = await site.open()
        # It wants the very row that the other one holds.
        writing = asyncio.create_task(store.write(put, Item(1, "ours"), tenants=[TENANT]))
        assert await store.read(ids, tenants=[TENANT]) == []
        one.kill()
        assert await writing == 1
        assert await store.read(all_items, tenants=[TENANT]) == [Item(1, "ours")]


async def test_processes_wake_each_other(store_url: str, program: Start) -> None:
    async with Site(store_url) as site:
        store = await site.open()
        one = program("waking", store_url, "question")
        assert await asyncio.to_thread(one.hears) == {"at": "waiting"}
        with store.subscribe("answer") as wake:
            while await wake.wait(0.3):
                pass
            await store.write(put_and_wake, Item(1), "question", tenants=[TENANT])
            assert await asyncio.to_thread(one.hears) == {"hinted": True, "ids": [1]}
            assert await wake.wait(20)
        assert await store.read(ids, tenants=[TENANT]) == [1, 2]
        one.end()


async def test_a_process_reads_while_another_writes_and_keeps_the_log_short(sqlite_url: str, program: Start) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    body = "x" * 2_000
    async with Site(sqlite_url) as site:
        store = await site.open()
        readers = [program("reading", sqlite_url) for _ in range(2)]
        for one in readers:
            assert await asyncio.to_thread(one.hears) == {"at": "reading"}
        for turn in range(60):
            items = [Item(turn * 1_000 + number, body) for number in range(500)]
            await asyncio.gather(*(store.write_each(put_each, item, tenants=[TENANT]) for item in items))
        count = len(await store.read(ids, tenants=[TENANT]))
        pages = file.with_name(file.name + "-wal").stat().st_size // 4096
        for one in readers:
            one.tell()
        facts = [await asyncio.to_thread(one.hears) for one in readers]
    assert count == 30_000
    assert all(fact["reads"] > 5 and fact["last"] <= count for fact in facts), facts
    assert pages < 6 * CARRY_PAGES, f"The log has {pages} pages."
