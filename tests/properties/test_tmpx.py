"""Random programs of steps, sleeps, waits and branches, on workers that die at random: a small model says what must come.

The model knows nothing of journals, workers or time. It says what a program returns and which effects it has; whatever
workers die, and wherever, a run must return that, have each effect, and have none again once its step was done.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from stratum import App, Handle, Retry, Run, RunCancelled, StepError, Stratum
from stratum.kernel.codec import decode
from stratum.runs import Kind
from stratum.runs import execution as execution_module
from stratum.testing.dying import Kill
from stratum.testing.killing import DoomedWorker, closed_keys
from stratum.testing.working import QUICK

IMPATIENT = Retry(attempts=2, first=timedelta(milliseconds=1), cap=timedelta(milliseconds=1))
LIVELY: dict[str, Any] = {**QUICK, "linger_seconds": 0.0}
Program = list[Any]

app = App("programs")


class World:
    """What steps did outside, and the run that is being told."""

    def __init__(self) -> None:
        self.effects: Counter[str] = Counter()
        self.handle: Handle[Any] | None = None


world = World()


def act(path: str) -> str:
    world.effects[path] += 1
    return path


def refuse(path: str) -> None:
    world.effects[path] += 1
    message = "refused"
    raise ConnectionError(message)


async def ask_to_cancel() -> None:
    assert world.handle is not None
    await world.handle.cancel("the program says so")


async def carry_out(run: Run, program: Program, path: str) -> Any:
    """Interpret a program; ``path`` names this part of it."""
    kind, *rest = program
    match kind:
        case "step":
            return await run.step("act", act, path)
        case "refused":
            try:
                return await run.step("refuse", refuse, path, retry=IMPATIENT)
            except StepError as error:
                return error.kind
        case "sleep":
            return await run.sleep(timedelta(milliseconds=rest[0]))
        case "wait":
            return await run.wait(f"signal {path}")
        case "cancel":
            await run.step("ask", ask_to_cancel)
            return await run.wait("never")
        case "value":
            return run.random() < 2
        case "seq":
            return [await carry_out(run, part, f"{path}.{number}") for number, part in enumerate(rest)]
        case "gather":
            return await run.gather(*(carry_out(run, part, f"{path}.{number}") for number, part in enumerate(rest)))
        case "map":
            numbered = [[number, part] for number, part in enumerate(rest)]

            async def each(run: Run, item: list[Any]) -> Any:
                return await carry_out(run, item[1], f"{path}.{item[0]}")

            return await run.map(each, numbered, limit=2)
        case "first":
            return await run.first(run.wait("never"), carry_out(run, rest[0], f"{path}.0"))
        case _:
            with run.scope("inner"):
                return await carry_out(run, rest[0], f"{path}.0")


def predict(program: Program, path: str, effects: Counter[str]) -> Any:
    """Return what a program gives, and count its effects."""
    kind, *rest = program
    match kind:
        case "step":
            effects[path] += 1
            return path
        case "refused":
            effects[path] += 2
            return "transient"
        case "sleep":
            return None
        case "wait":
            return path
        case "value":
            return True
        case "first" | "scope":
            return predict(rest[0], f"{path}.0", effects)
        case _:
            return [predict(part, f"{path}.{number}", effects) for number, part in enumerate(rest)]


def waits_of(program: Program, path: str) -> list[str]:
    """Return the paths at which a program waits for a signal."""
    kind, *rest = program
    if kind == "wait":
        return [path]
    parts = [part for part in rest if isinstance(part, list)]
    return [found for number, part in enumerate(parts) for found in waits_of(part, f"{path}.{number}")]


@app.agent()
async def interpreter(run: Run, program: Program) -> Any:
    try:
        return await carry_out(run, program, "p")
    except asyncio.CancelledError:
        await run.step("clean up", act, "cleanup one")
        await run.step("clean up", act, "cleanup two")
        raise


LEAVES = st.sampled_from([["step"], ["step"], ["refused"], ["sleep", 0], ["sleep", 3], ["wait"], ["value"]])


def _grow(parts: st.SearchStrategy[Program]) -> st.SearchStrategy[Program]:
    many = st.lists(parts, min_size=1, max_size=4)
    wide = st.tuples(st.sampled_from(["seq", "seq", "gather", "map"]), many).map(lambda found: [found[0], *found[1]])
    deep = st.tuples(st.sampled_from(["first", "scope"]), parts).map(list)
    return wide | deep


PROGRAMS: st.SearchStrategy[Program] = st.recursive(LEAVES, _grow, max_leaves=12)
KILLS = st.lists(st.builds(Kill, st.sampled_from(["before", "after"]), st.integers(2, 14)), max_size=3)
SETTINGS = settings(
    max_examples=1500, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Stratum]:
    """Open the store of all examples; every example has a tenant of its own, so that none meets another's runs."""
    world.effects.clear()
    with patch.object(execution_module, "HOLD_MS", 0):
        async with app.open(url) as stratum:
            yield stratum


async def survive(stratum: Stratum, program: Program, kills: list[Kill]) -> Handle[Any]:
    """Run a program to its end while its workers die, and check that nothing done is done again."""
    # A fresh id also when an example is tried again.
    handle = world.handle = await stratum.start(interpreter, program=program)
    for path in waits_of(program, "p"):
        await handle.signal(f"signal {path}", path, id=path)
    done: list[tuple[Counter[str], dict[str, int]]] = []
    ending = asyncio.create_task(end_of(handle))
    for kill in kills:
        async with DoomedWorker(stratum, kill, **LIVELY) as doomed:
            dying = asyncio.create_task(doomed.store.dead.wait())
            await asyncio.wait({ending, dying}, return_when=asyncio.FIRST_COMPLETED)
            dying.cancel()
        events = await handle.history()
        # A step that acts returns its path.
        paths = {decode(event.body) for event in events if event.kind == Kind.STEP}
        done.append((closed_keys(events), {path: count for path, count in world.effects.items() if path in paths}))
        await doomed.bury()
    async with asyncio.timeout(20), stratum.worker(**LIVELY):
        await ending
    events = await handle.history()
    assert set(closed_keys(events).values()) <= {1}
    for keys, acts in done:
        assert keys <= closed_keys(events)
        for path, count in acts.items():
            assert world.effects[path] == count, f"{path} was done, and was done again"
    return handle


async def end_of(handle: Handle[Any]) -> Any:
    try:
        return await handle.result()
    except RunCancelled:
        return RunCancelled


@pytest.mark.timeout(400)
@SETTINGS
@given(program=PROGRAMS, kills=KILLS)
async def test_a_program_gives_what_the_model_says_whatever_workers_die(
    store_url: str, program: Program, kills: list[Kill]
) -> None:
    wanted: Counter[str] = Counter()
    result = predict(program, "p", wanted)
    async with opened(store_url) as stratum:
        handle = await survive(stratum, program, kills)
        note(f"{(await handle.status()).status}")
        assert await handle.result() == result
    assert world.effects.keys() == wanted.keys()
    for path, count in wanted.items():
        assert count <= world.effects[path] <= count + len(kills), f"{path} in {program}"


@pytest.mark.timeout(400)
@SETTINGS
@given(before=PROGRAMS, beside=PROGRAMS, kills=KILLS)
async def test_a_program_that_is_cancelled_cleans_up_once_whatever_workers_die(
    store_url: str, before: Program, beside: Program, kills: list[Kill]
) -> None:
    wanted: Counter[str] = Counter()
    program = ["seq", before, ["gather", beside, ["cancel"]]]
    predict(before, "p.0", wanted)
    async with opened(store_url) as stratum:
        handle = await survive(stratum, program, kills)
        assert await end_of(handle) is RunCancelled
    for path, count in wanted.items():
        assert count <= world.effects[path] <= count + len(kills), f"{path} in {program}"
    for path in ("cleanup one", "cleanup two"):
        assert 1 <= world.effects[path] <= 1 + len(kills)
