"""Measuring a store: raw commits, steps with few and many runs in flight, bytes, and the time to resume."""

import asyncio
import resource
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stratum import App, Run, Status, Stratum
from stratum.kernel.clock import SystemClock
from stratum.store.probe import raw_commits, stored_bytes

STEPS = 10
IN_FLIGHT = (1, 100, 256)
RESUMED = (10, 1_000, 10_000)
_ALONE = 100
_RAW = 1_000
_AT_ONCE = 100
_BODY = "x" * 200

app = App("bench")
_clock = SystemClock()


@dataclass(slots=True)
class Measure:
    """What was measured."""

    raw: list[float]
    steps: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    bytes_per_step: float = 0.0
    resume: list[dict[str, float]] = field(default_factory=list[dict[str, float]])

    @staticmethod
    def parts(history: int) -> int:
        """Return how many measurements there are."""
        return 1 + len(IN_FLIGHT) + sum(steps <= history for steps in RESUMED)

    def shape(self) -> dict[str, Any]:
        """Return it for programs. Times are in the unit of their name."""
        per_second = len(self.raw) / sum(self.raw)
        alone = self.steps[0]["steps_per_second"]
        return {
            "raw": {"per_second": per_second, **_percentiles(self.raw)},
            "steps": self.steps,
            "ratio_of_one_run_to_raw": alone / per_second,
            "bytes_per_step": self.bytes_per_step,
            "resume": self.resume,
        }


class Taken:
    """The seconds that each step took, as its agent saw it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []


_taken = Taken()


async def one_body(number: int) -> str:
    """Return 200 bytes."""
    del number
    return _BODY


@app.agent()
async def ten_steps(run: Run) -> int:
    """Record ten small steps, one after another."""
    for number in range(STEPS):
        began = _clock.monotonic()
        await run.step("step", one_body, number)
        _taken.seconds.append(_clock.monotonic() - began)
    return STEPS


@app.agent()
async def long_run(run: Run, steps: int) -> int:
    """Record many steps, wait to be told to go on, and record one more."""
    for first in range(0, steps, _AT_ONCE):
        group = range(first, min(first + _AT_ONCE, steps))
        await run.gather(*(run.step("step", one_body, number) for number in group))
    await run.wait("go")
    await run.step("last", one_body, steps)
    return steps


async def measure(url: str, *, runs: int, history: int, done: Callable[[], None]) -> Measure:
    """Measure on a fresh store at ``url``; ``done`` is called after each part."""
    found = Measure(await asyncio.to_thread(raw_commits, url, _RAW, _clock.monotonic))
    done()
    async with app.open(url) as stratum, stratum.worker():
        before = await asyncio.to_thread(stored_bytes, url)
        total = 0
        for in_flight in IN_FLIGHT:
            count = min(runs, _ALONE) if in_flight == 1 else max(runs, in_flight)
            found.steps.append(await _steps(stratum, in_flight, count))
            total += count
            done()
        found.bytes_per_step = (await asyncio.to_thread(stored_bytes, url) - before) / (total * STEPS)
        for steps in RESUMED:
            if steps <= history:
                found.resume.append({"steps": steps, "seconds": await _resume(stratum, steps)})
                done()
    return found


async def _steps(stratum: Stratum, in_flight: int, runs: int) -> dict[str, float]:
    _taken.seconds.clear()
    places = asyncio.Semaphore(in_flight)

    async def one() -> None:
        async with places:
            await (await stratum.start(ten_steps)).result()

    flushes, cpu, began = stratum.store.flushes, _cpu(), _clock.monotonic()
    await asyncio.gather(*(one() for _ in range(runs)))
    seconds = _clock.monotonic() - began
    return {
        "runs_in_flight": in_flight,
        "runs": runs,
        "steps_per_second": runs * STEPS / seconds,
        "runs_per_second": runs / seconds,
        "flushes_per_run": (stratum.store.flushes - flushes) / runs,
        "cpu_us_per_step": (_cpu() - cpu) * 1e6 / (runs * STEPS),
        **_percentiles(_taken.seconds),
    }


async def _resume(stratum: Stratum, steps: int) -> float:
    """Return the seconds from a signal to the end of a sleeping run with so many recorded steps."""
    handle = await stratum.start(long_run, steps=steps)
    with stratum.store.subscribe(f"inbox:{handle.id}") as look:
        while (await handle.status()).status is not Status.WAITING:
            await look.wait(0.01)
    began = _clock.monotonic()
    await handle.signal("go")
    await handle.result()
    return _clock.monotonic() - began


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _percentiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    at = {"p50_ms": 0.50, "p99_ms": 0.99}
    return {name: ordered[int(share * (len(ordered) - 1))] * 1000 for name, share in at.items()}
