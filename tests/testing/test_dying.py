"""A store that dies at a commit of the test's choice."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Literal

import pytest

from stratum import App, Run, Stratum
from stratum.testing.dying import DyingStore, Kill
from stratum.testing.waiting import eventually

app = App("dying")


@app.agent()
async def agent(run: Run, number: int) -> None: ...


@pytest.fixture
async def stratum(sqlite_url: str) -> AsyncGenerator[Stratum]:
    async with app.open(sqlite_url) as opened:
        yield opened


def _nothing(tx: object) -> int:
    return 1


def _same(_: object, items: list[int]) -> list[int]:
    return items


@pytest.mark.parametrize("when", ["before", "after"])
async def test_nothing_is_answered_from_its_last_write_on(stratum: Stratum, when: Literal["before", "after"]) -> None:
    store = DyingStore(stratum.store, Kill(when, 2))
    assert await store.write(_nothing) == 1
    told: list[str] = []
    store.on_death = lambda: told.append("dead")
    asking = [asyncio.create_task(store.write(_nothing)) for _ in range(2)]
    await store.dead.wait()
    asking.append(asyncio.create_task(store.read(_nothing)))
    done, pending = await asyncio.wait(asking, timeout=0.05)
    assert (len(done), len(pending)) == (0, 3)
    assert told == ["dead"]
    for task in pending:
        task.cancel()


async def test_what_is_asked_of_a_frozen_store_waits_for_the_thaw(stratum: Stratum) -> None:
    store = DyingStore(stratum.store)
    answers: list[object] = []
    store.freeze()
    asking = asyncio.create_task(store.write(_nothing))
    store.submit_each(_same, 7, lambda value, _: answers.append(value))
    await asyncio.wait({asking}, timeout=0.05)
    assert not asking.done()
    assert answers == []
    store.thaw()
    assert await asking == 1
    await eventually(lambda: answers == [7])


async def test_a_spared_store_outlives_its_kill(stratum: Stratum) -> None:
    store = DyingStore(stratum.store, Kill("before", 1))
    store.spare()
    assert await store.write(_nothing) == 1
    assert not store.dead.is_set()
    await store.close()
    assert await stratum.store.write(_nothing) == 1
