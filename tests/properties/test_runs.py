"""Random programs of steps, sleeps, waits and branches, on workers that die at random, against a small model.

The model knows nothing of journals, workers or time. It says what a program returns and which effects it has; whatever
workers die, and wherever, a run must return that, have each effect, and have none again once its step was done.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from stratum import App, Handle, Retry, Run, RunCancelled, StepError, Stratum
from stratum.kernel.codec import decode
from stratum.runs import Kind
from stratum.runs import execution as execution_module
from stratum.testing.dying import Kill
from stratum.testing.killing import DoomedWorker, closed_keys
from stratum.testing.working import QUICK

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

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


async def carry_out(run: Run, program: Program, path: str) -> object:
    """Interpret a program; ``path`` names this part of it."""
    kind, *rest = program
    parts = [(part, f"{path}.{number}") for number, part in enumerate(rest)]
    if kind in LEAF_ACTIONS:
        return await LEAF_ACTIONS[kind](run, path)
    if kind == "seq":
        return [await carry_out(run, part, name) for part, name in parts]
    if kind == "gather":
        return await run.gather(*(carry_out(run, part, name) for part, name in parts))
    if kind == "map":
        return await run.map(lambda run, item: carry_out(run, *item), parts, limit=2)
    if kind == "first":
        return await run.first(run.wait("never"), carry_out(run, *parts[0]))
    with run.scope("inner"):
        return await carry_out(run, *parts[0])


async def leaf_step(run: Run, path: str) -> object:
    return await run.step("act", act, path)


async def leaf_refused(run: Run, path: str) -> object:
    try:
        return await run.step("refuse", refuse, path, retry=IMPATIENT)
    except StepError as error:
        return error.kind


async def leaf_blink(run: Run, path: str) -> object:
    await run.sleep(timedelta(0))
    return None


async def leaf_sleep(run: Run, path: str) -> object:
    await run.sleep(timedelta(milliseconds=3))
    return None


async def leaf_wait(run: Run, path: str) -> object:
    return await run.wait(f"signal {path}")


async def leaf_value(run: Run, path: str) -> object:
    return run.random() < 2


async def leaf_cancel(run: Run, path: str) -> object:
    await run.step("ask", ask_to_cancel)
    return await run.wait("never")


LEAF_ACTIONS: dict[str, Callable[[Run, str], Awaitable[object]]] = {
    "step": leaf_step,
    "refused": leaf_refused,
    "blink": leaf_blink,
    "sleep": leaf_sleep,
    "wait": leaf_wait,
    "value": leaf_value,
    "cancel": leaf_cancel,
}


def predict(program: Program, path: str, effects: Counter[str]) -> object:
    """Return what a program gives, and count its effects: this is the model."""
    kind, *rest = program
    if kind in MODEL:
        result, acts = MODEL[kind]
        effects.update({path: acts} if acts else {})
        return path if result == "path" else result
    found = [predict(part, f"{path}.{number}", effects) for number, part in enumerate(rest)]
    return found[0] if kind in {"first", "scope"} else found


MODEL: dict[str, tuple[object, int]] = {
    "step": ("path", 1),
    "refused": ("transient", 2),
    "blink": (None, 0),
    "sleep": (None, 0),
    "wait": ("path", 0),
    "value": (True, 0),
}
"""What each leaf gives, and how often it acts."""


def waits_of(program: Program, path: str) -> list[str]:
    """Return the paths at which a program waits for a signal."""
    kind, *rest = program
    return [path] if kind == "wait" else [w for n, part in enumerate(rest) for w in waits_of(part, f"{path}.{n}")]


@app.agent()
async def interpreter(run: Run, program: Program) -> object:
    try:
        return await carry_out(run, program, "p")
    except asyncio.CancelledError:
        await run.step("clean up", act, "cleanup one")
        await run.step("clean up", act, "cleanup two")
        raise


LEAVES = st.sampled_from([["step"], ["step"], ["refused"], ["blink"], ["sleep"], ["wait"], ["value"]])


def _grow(parts: st.SearchStrategy[Program]) -> st.SearchStrategy[Program]:
    many = st.lists(parts, min_size=1, max_size=4)
    wide = st.tuples(st.sampled_from(["seq", "seq", "gather", "map"]), many).map(lambda found: [found[0], *found[1]])
    deep = st.tuples(st.sampled_from(["first", "scope"]), parts).map(list)
    return wide | deep


PROGRAMS: st.SearchStrategy[Program] = st.recursive(LEAVES, _grow, max_leaves=12)
KILLS = st.lists(st.builds(Kill, st.sampled_from(["before", "after"]), st.integers(2, 14)), max_size=3)
SETTINGS = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Stratum]:
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
        paths = [decode(event.body) for event in events if event.kind == Kind.STEP]
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


async def end_of(handle: Handle[Any]) -> object:
    try:
        return await handle.result()
    except RunCancelled:
        return RunCancelled


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
