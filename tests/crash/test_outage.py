"""The database goes away under load and comes back: workers pause, say so, and go on by themselves."""

import asyncio
import logging
from collections import Counter
from pathlib import Path

import pytest

from stratum import App, Run
from stratum.testing import eventually
from stratum.testing.working import working
from tests.postgres_server import PostgresServer, StopMode

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]

RUNS, STEPS = 60, 12


class Outside:
    """The world, which remembers every effect."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def effect(self, run_id: str, number: int) -> int:
        """Leave a line; it takes a moment, so that many are under way at once."""
        await asyncio.wait({asyncio.get_running_loop().create_future()}, timeout=0.02)
        with self._path.open("a") as file:
            file.write(f"{run_id} {number}\n")
        return number

    def lines(self) -> list[str]:
        """Return what was left."""
        return self._path.read_text().splitlines() if self._path.exists() else []


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_postgresql_is_stopped_under_load_and_nothing_is_lost_or_repeated(
    private_postgres: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: StopMode
) -> None:
    app, outside = App("outage"), Outside(tmp_path / "effects")

    @app.agent()
    async def work(run: Run) -> int:
        for number in range(STEPS):
            await run.step("effect", outside.effect, run.run_id, number)
        return STEPS

    caplog.set_level(logging.WARNING, "stratum.worker")
    async with working(app, f"{private_postgres.dsn}?schema=outage") as stratum:
        handles = [await stratum.start(work) for _ in range(RUNS)]
        await eventually(lambda: len(outside.lines()) > RUNS * 2, what="the load has begun")
        await asyncio.to_thread(private_postgres.stop, mode)
        await eventually(lambda: "pauses: " in caplog.text, what="the worker says that it pauses")
        assert len(outside.lines()) < RUNS * STEPS
        await asyncio.to_thread(private_postgres.start)
        results = await asyncio.wait_for(asyncio.gather(*(handle.result() for handle in handles)), 90)
    assert results == [STEPS] * RUNS
    assert "is back" in caplog.text
    repeated = {line: count for line, count in Counter(outside.lines()).items() if count > 1}
    assert not repeated, "a worker that only waited for its database carries out no step twice"
    assert len(set(outside.lines())) == RUNS * STEPS
