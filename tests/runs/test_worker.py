"""A worker that meets what it does not know. The suite of workers has the rest."""

import asyncio
import logging
from typing import Any

import pytest

from stratum import App, Handle, Run, Status
from stratum.runs import worker as worker_module
from stratum.runs.rows import lease
from stratum.store import Tx
from stratum.testing.killing import DoomedWorker
from stratum.testing.waiting import eventually
from stratum.testing.working import QUICK, settled, working

BEATS: dict[str, Any] = {**QUICK, "beat_seconds": 0.02}


def quick() -> App:
    app = App("worker")

    @app.agent()
    async def agent(run: Run) -> str:
        return await run.step("act", str, 1)

    assert "agent" in app.agents
    return app


async def test_a_loop_that_fails_is_begun_again_and_the_failure_is_logged(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    beat, failures = lease.beat, list[str]()

    def fails_once(tx: Tx, worker: str) -> bool:
        if not failures:
            failures.append(worker)
            message = "an error of ours"
            raise RuntimeError(message)
        return beat(tx, worker)

    monkeypatch.setattr(lease, "beat", fails_once)
    monkeypatch.setattr(worker_module, "_AWAY_SECONDS", 0.01)
    with caplog.at_level(logging.ERROR, "stratum.worker"):
        async with working(quick(), sqlite_url, **BEATS) as stratum:
            await eventually(lambda: failures)
            handle: Handle[str] = await stratum.start("agent")
            assert await handle.result() == "1"
    assert "an error of ours" in caplog.text


async def test_a_run_in_whose_way_an_error_of_ours_stands_is_set_aside_in_the_end(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given back, counts as a loss, and does not stay with a worker that cannot execute it."""

    def broken(*_: object) -> None:
        message = "an error of ours"
        raise RuntimeError(message)

    monkeypatch.setattr(worker_module.Worker, "_perform", broken)
    async with working(quick(), sqlite_url, losses_max=3) as stratum:
        handle: Handle[str] = await stratum.start("agent")
        await settled(handle, Status.PARKED)
        assert "3 workers" in str((await handle.status()).reason)


async def test_an_abandoned_worker_writes_nothing_more(sqlite_url: str) -> None:
    app, begun = App("abandon"), asyncio.Event()

    @app.agent()
    async def agent(run: Run) -> None:
        try:
            await run.step("hang", hang)
        finally:
            await run.step("never", str, 1)

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with app.open(sqlite_url) as stratum, DoomedWorker(stratum, **QUICK) as doomed:
        handle = await stratum.start(agent)
        await begun.wait()
        writes = doomed.store.writes
        doomed.worker.abandon()
        await eventually(lambda: doomed.worker.busy == 0)
        assert doomed.store.writes == writes
        assert (await handle.status()).status is Status.RUNNING


async def test_a_worker_that_was_taken_for_dead_begins_anew(store_url: str, caplog: pytest.LogCaptureFixture) -> None:
    app = quick()
    async with app.open(store_url) as stratum, DoomedWorker(stratum, **BEATS) as worker:
        await eventually(lambda: worker.worker.id)
        first = worker.worker.id
        await worker.bury()
        await eventually(lambda: worker.worker.id != first)
        assert await (await stratum.start("agent")).result() == "1"
    assert "begins anew" in caplog.text
