"""Worker processes, killed for real: nothing is lost, and nothing that was done is done again."""

import asyncio
import os
import random
import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stratum import Handle, Stratum
from stratum.testing.killing import closed_keys
from stratum.testing.waiting import eventually
from tests.crash.effects_app import acts, app

pytestmark = [pytest.mark.crash, pytest.mark.timeout(150)]

RUNS = 200
STEPS = 10
KILLS = 7
SIDE_BY_SIDE = 2
REPEATED_MAX = RUNS * STEPS * 3 // 1_000
PROGRAM = Path(__file__).with_name("effects_app.py")


class Workers:
    """Worker processes on one store."""

    def __init__(self, url: str, effects: Path) -> None:
        self._url, self._effects = url, effects
        self.processes: list[subprocess.Popen[bytes]] = []

    def spawn(self, *options: str) -> None:
        """Start one more."""
        command = [sys.executable, str(PROGRAM), self._url, str(self._effects), *options]
        log = self._effects.with_suffix(".log").open("ab")
        with log:
            self.processes.append(subprocess.Popen(command, stderr=log, stdout=log))

    def up(self) -> bool:
        """Whether all have begun to work."""
        return all(self._effects.with_suffix(f".{process.pid}.up").exists() for process in self.processes)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill one, as the system does when memory is short."""
        process.kill()
        process.wait()
        self.processes.remove(process)

    def stop(self) -> list[int]:
        """Ask all to end, and return their exit codes."""
        for process in self.processes:
            process.terminate()
        return [process.wait(timeout=30) for process in self.processes]


@pytest.fixture
def effects(tmp_path: Path) -> Path:
    path = tmp_path / "effects.txt"
    path.touch()
    return path


@pytest.fixture
def workers(store_url: str, effects: Path) -> Iterator[Workers]:
    found = Workers(store_url, effects)
    yield found
    for process in found.processes:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()


async def start_all(stratum: Stratum, effects: Path, count: int, steps: int, think_ms: int) -> list[Handle[int]]:
    starting = [
        stratum.start(acts, id=f"run-{number:03}", effects=str(effects), steps=steps, think_ms=think_ms)
        for number in range(count)
    ]
    return await asyncio.gather(*starting)


def lines(effects: Path) -> list[str]:
    return [line.split()[0] for line in effects.read_text().splitlines()]


def writers(effects: Path) -> set[str]:
    return {line.split()[1] for line in effects.read_text().splitlines()}


def come_to(effects: Path, workers: Workers, moment: int) -> bool:
    return len(lines(effects)) >= moment and workers.up()


async def done_steps(handle: Handle[Any]) -> list[str]:
    keys = closed_keys(await handle.history())
    assert all(count == 1 for count in keys.values()), f"run {handle.id} has two results of one step: {keys}"
    return [f"{handle.id}/{number}" for number in range(len(keys))]


async def test_runs_survive_workers_that_are_killed_and_no_effect_of_a_done_step_is_repeated(
    store_url: str, effects: Path, workers: Workers
) -> None:
    seed = int(os.environ.get("STRATUM_TEST_SEED") or secrets.randbelow(1_000_000))
    print(f"seed: {seed} (STRATUM_TEST_SEED={seed} plays it again)")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)  # noqa: S311 - a seed makes the kills repeatable, as far as processes are
    moments = sorted(chance.randrange(20, RUNS * STEPS - 100) for _ in range(KILLS))
    done_at: list[tuple[int, list[str]]] = []
    async with app.open(store_url) as stratum:
        handles = await start_all(stratum, effects, RUNS, STEPS, think_ms=6)
        for _ in range(2):
            workers.spawn(str(SIDE_BY_SIDE))
        for moment in moments:
            await eventually(partial(come_to, effects, workers, moment), within=60)
            workers.kill(chance.choice(workers.processes))
            done = [key for handle in handles for key in await done_steps(handle)]
            done_at.append((len(lines(effects)), done))
            workers.spawn(str(SIDE_BY_SIDE))
        assert await asyncio.gather(*(handle.result() for handle in handles)) == [STEPS] * RUNS
    assert workers.stop() == [0, 0]
    written = lines(effects)
    counts = Counter(written)
    assert len(counts) == RUNS * STEPS, "an effect is missing"
    for length, done in done_at:
        again = set(done).intersection(written[length:])
        assert not again, f"done when a worker was killed, and done again later: {sorted(again)}"
    repeated = {key: count for key, count in counts.items() if count > 1}
    assert sum(repeated.values()) - len(repeated) <= REPEATED_MAX, f"in flight at a kill: {repeated}"


async def test_two_processes_with_default_settings_do_nothing_twice(
    store_url: str, effects: Path, workers: Workers
) -> None:
    async with app.open(store_url) as stratum:
        for _ in range(2):
            workers.spawn()
        await eventually(workers.up, within=30)
        # More runs than one process takes at once by default.
        handles = await start_all(stratum, effects, 400, 3, think_ms=1)
        assert await asyncio.gather(*(handle.result() for handle in handles)) == [3] * 400
        both = writers(effects)
    assert workers.stop() == [0, 0]
    assert set(Counter(lines(effects)).values()) == {1}
    assert len(lines(effects)) == 1_200
    assert len(both) == 2, "one process did everything: this shows nothing"


async def test_a_step_longer_than_the_lease_is_not_taken_over_while_its_process_lives(
    store_url: str, effects: Path, workers: Workers
) -> None:
    """Other engines run a live step again when it takes long; the lease is the process's, not the step's."""
    async with app.open(store_url) as stratum:
        for _ in range(2):
            workers.spawn()
        await eventually(workers.up, within=30)
        handles = await start_all(stratum, effects, 2, 1, think_ms=9_000)
        assert await asyncio.gather(*(handle.result() for handle in handles)) == [1, 1]
    assert workers.stop() == [0, 0]
    assert sorted(lines(effects)) == ["run-000/0", "run-001/0"]
