"""Falling asleep, and what happens at the same moment. The suite of waits has the rest."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from stratum import App, Retry, Run, RunCancelled, Status
from stratum.runs import execution as execution_module
from stratum.testing.killing import DoomedWorker
from stratum.testing.waiting import eventually
from stratum.testing.working import QUICK, settled, working

AT_ONCE: dict[str, Any] = {**QUICK, "linger_seconds": 0.0}


async def test_no_try_begins_while_it_is_undecided_whether_the_run_goes_to_sleep(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the try would be made again by whoever wakes the run."""
    monkeypatch.setattr(execution_module, "HOLD_MS", 0)
    app, tries = App("undecided"), Counter[str]()

    def refuse() -> str:
        tries["refuse"] += 1
        if tries["refuse"] == 1:
            message = "refused"
            raise ConnectionError(message)
        return "done"

    @app.agent()
    async def agent(run: Run) -> str:
        once = timedelta(milliseconds=60)
        return await run.step("refuse", refuse, retry=Retry(first=once, factor=1.0, cap=once))

    async with app.open(store_url) as stratum, DoomedWorker(stratum, **AT_ONCE) as slow:
        handle = await stratum.start(agent)
        await eventually(lambda: tries["refuse"])
        written = slow.store.writes
        await eventually(lambda: slow.store.writes > written)
        slow.store.freeze()
        loop = asyncio.get_running_loop()
        end = loop.time() + 0.3
        await eventually(lambda: loop.time() > end)
        assert tries["refuse"] == 1 or (await handle.status()).status is Status.RUNNING
        slow.store.thaw()
        assert await handle.result() == "done"
    assert tries["refuse"] == 2


async def test_a_run_that_is_told_something_while_it_falls_asleep_hears_it(store_url: str) -> None:
    app = App("told")

    @app.agent()
    async def agent(run: Run) -> int:
        return sum([await run.wait("number", int) for _ in range(30)])

    async with working(app, store_url, linger_seconds=0.0) as stratum:
        handle = await stratum.start(agent)
        for number in range(30):
            await handle.signal("number", number)
        assert await handle.result() == sum(range(30))


async def test_a_run_that_is_cancelled_while_it_falls_asleep_is_cancelled_at_once(store_url: str) -> None:
    app, undone = App("cancelled"), Counter[str]()

    @app.agent()
    async def agent(run: Run) -> None:
        async def branch() -> None:
            try:
                await run.sleep(timedelta(days=400))
            finally:
                await run.step("undo", lambda: undone.update([run.run_id]))

        await run.gather(branch(), run.wait("never"))

    async with working(app, store_url, linger_seconds=0.0) as stratum:
        handles = [await stratum.start(agent) for _ in range(20)]
        for number, handle in enumerate(handles):
            if number % 2:
                await settled(handle, Status.WAITING)
            await handle.cancel()
        for handle in handles:
            with pytest.raises(RunCancelled):
                await handle.result()
    assert set(undone.values()) <= {1}


async def test_a_run_that_refuses_to_leave_is_left_alone(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that swallows every cancellation holds up neither its run nor its worker."""
    monkeypatch.setattr(execution_module, "_NUDGE_SECONDS", 0.01)
    monkeypatch.setattr(execution_module, "_NUDGES_MAX", 3)
    app, stop = App("stubborn"), asyncio.Event()

    @app.agent()
    async def agent(run: Run) -> str:
        await run.step("begin", lambda: 1)
        while not stop.is_set() and (await handle.status()).epoch == 1:
            try:
                await stop.wait()
            except asyncio.CancelledError:
                continue
        return "done"

    async with app.open(store_url) as stratum:
        handle = await stratum.start(agent)
        hasty: dict[str, Any] = {**QUICK, "drain_seconds": 0.1}
        async with stratum.worker(**hasty):
            await settled(handle, Status.RUNNING)
        async with stratum.worker(**QUICK):
            stop.set()
            assert await handle.result() == "done"
