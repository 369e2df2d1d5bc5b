"""Waiting for runs to end."""

import asyncio

import pytest

from stratum import App, InvalidInput, Run, UnknownRun
from stratum.runs import service as service_module
from stratum.store import StoreClosed
from stratum.testing.working import working


async def test_many_who_wait_for_an_end_are_all_told_without_a_poll(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "_LOOK_SECONDS", 600.0)
    app = App("ends")

    @app.agent()
    async def agent(run: Run, number: int) -> int:
        await run.wait("go")
        return number

    async with working(app, store_url) as stratum:
        handles = [await stratum.start(agent, number=number) for number in range(10)]
        waiting = [asyncio.create_task(handle.result()) for handle in handles * 3]
        for handle in handles:
            await handle.signal("go")
        assert await asyncio.gather(*waiting) == list(range(10)) * 3


async def test_who_gives_up_waiting_leaves_the_others_waiting(store_url: str) -> None:
    app = App("gives up")

    @app.agent()
    async def agent(run: Run) -> int:
        return await run.wait("go", int)

    async with working(app, store_url) as stratum:
        handle = await stratum.start(agent)
        impatient, patient = asyncio.create_task(handle.result()), asyncio.create_task(handle.result())
        await asyncio.sleep(0)
        impatient.cancel()
        await handle.signal("go", 7)
        assert await patient == 7
        assert impatient.cancelled()


async def test_who_waits_when_the_store_is_closed_is_told(store_url: str) -> None:
    app = App("closed")

    @app.agent()
    async def agent(run: Run) -> None: ...

    async with app.open(store_url) as stratum:
        handle = await stratum.start(agent, id="one")
        waiting = asyncio.create_task(handle.result())
        await asyncio.wait({waiting}, timeout=0.3)
    with pytest.raises(StoreClosed):
        await waiting


async def test_unknown_runs_and_wrong_limits_are_refused(store_url: str) -> None:
    async with App("empty").open(store_url) as stratum:
        for ask in (stratum.handle("none").result, stratum.handle("none").history, stratum.handle("none").cancel):
            with pytest.raises(UnknownRun, match="'none'"):
                await ask()
        for most in (0, 1_001):
            with pytest.raises(InvalidInput, match="limit"):
                await stratum.list(limit=most)
