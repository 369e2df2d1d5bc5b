"""Every commit of a worker is a kill point: kill it there, let another finish, and compare with an undisturbed run.

The points are found by themselves: the first write is one, then the second, and so on until a run ends before its
worker reaches the point. Each run has a tenant of its own, so that one database serves them all.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import pytest

from stratum import App, Done, Handle, Retry, Run, RunCancelled, RunFailed, StepError, Stratum, WaitExpired
from stratum.kernel.codec import encode
from stratum.runs import Event
from stratum.runs import execution as execution_module
from stratum.testing.dying import Kill
from stratum.testing.killing import DoomedWorker, by_scope, closed_keys
from stratum.testing.waiting import eventually

pytestmark = [pytest.mark.crash, pytest.mark.timeout(150)]

SOON = timedelta(milliseconds=20)
IMPATIENT = Retry(attempts=2, first=timedelta(milliseconds=1), cap=timedelta(milliseconds=2))
QUICK: dict[str, Any] = {"linger_seconds": 0.0, "beat_seconds": 30.0, "lease_ms": 600_000, "drain_seconds": 5.0}

SIDE_BY_SIDE = 5
"""The most steps that a run here carries out at once."""

app = App("kill-points")


@dataclass
class World:
    """What steps did outside, by tenant and the key that the step has in the journal."""

    effects: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    handles: dict[str, Handle[Any]] = field(default_factory=dict[str, Handle[Any]])

    def act(self, run: Run, key: str) -> str:
        self.effects.setdefault(run.tenant, Counter())[key] += 1
        return key


world = World()


@app.agent()
async def plain(run: Run) -> dict[str, Any]:
    """Steps of all kinds, retries, values, scopes, a large value."""

    async def slow(what: str) -> str:
        await asyncio.sleep(0)
        return world.act(run, what)

    def refuse(what: str) -> str:
        world.act(run, what)
        message = "reset by peer"
        raise ConnectionError(message)

    found: dict[str, Any] = {"async": await run.step("fetch", slow, "fetch")}
    found["sync"] = await run.step("count", lambda: world.act(run, "count"))
    found["again"] = [await run.step("again", slow, key) for key in ("again", "again#2", "again#3")]
    found["values"] = [len(str(value)) > 5 for value in (run.random(), run.id("order"), run.now())]
    try:
        await run.step("refused", refuse, "refused", retry=IMPATIENT)
    except StepError as error:
        found["error"] = error.message
    with run.scope("inner"):
        found["scoped"] = await run.step("fetch", slow, "inner/fetch")
    found["large"] = len(await run.step("large", lambda: world.act(run, "large") * 4_000))
    return found


@app.agent()
async def branches(run: Run) -> list[Any]:
    """Gather, map with a limit and with errors, first, and branches inside branches."""

    def act(key: str) -> Callable[[], str]:
        return lambda: world.act(run, key)

    async def pair(scope: str) -> list[Any]:
        return await run.gather(run.step("left", act(f"{scope}left")), run.step("right", act(f"{scope}right")))

    async def each(run: Run, item: int) -> int:
        await run.step("begin", act(f"map each[{item}]/begin"))
        return await run.step("end", odd, item)

    def odd(item: int) -> int:
        world.act(run, f"map each[{item}]/end")
        if item % 2 == 0:
            message = f"{item} is even"
            raise ValueError(message)
        return item

    nested = await run.gather(pair("gather[0]/"), pair("gather[1]/"), run.step("alone", act("alone")))
    mapped = await run.map(each, [1, 2, 3, 4, 5], limit=2, key=str, on_error="collect")
    winner = await run.first(run.wait("never"), run.step("quick", act("quick")))
    return [nested, [str(item) for item in mapped], winner]


@app.agent()
async def waits(run: Run) -> list[Any]:
    """Sleeps, and signals early, late and never."""
    await run.step("begin", lambda: world.act(run, "begin"))
    await run.sleep(SOON)
    early = await run.wait("early", str)
    try:
        expired = await run.wait("nobody", within=SOON)
    except WaitExpired as error:
        expired = error.code
    await run.step("ask", lambda: world.act(run, "ask"))
    late = await run.wait("late", int)
    await run.sleep(SOON)
    return [early, expired, late, await run.step("end", lambda: world.act(run, "end"))]


@app.agent()
async def parent(run: Run) -> list[Any]:
    """Children: one that succeeds, one that fails."""
    good = await run.start(child, number=1)
    bad = await run.start(child, number=-1)
    await run.step("between", lambda: world.act(run, "between"))
    found: list[Any] = [await good.result()]
    try:
        await bad.result()
    except StepError as error:
        found.append(error.message)
    return found


@app.agent()
async def child(run: Run, number: int) -> int:
    await run.step("child", lambda: world.act(run, f"child{number}"))
    if number < 0:
        message = "negative"
        raise ValueError(message)
    return number


@app.agent()
async def remembers(run: Run) -> list[int]:
    """Work that is claimed, done with a step, and done with the run."""
    fresh = await run.memory.unseen("paper", [1, 2, 3], key=str)
    for paper in fresh[:2]:
        key = "read" if paper == 1 else f"read#{paper}"
        await run.step("read", _acting(run), key, done=Done("paper", str(paper)))
    again = await run.memory.unseen("paper", [1, 2, 3], key=str)
    return [*fresh, *again]


def _acting(run: Run) -> Callable[[str], str]:
    return lambda key: world.act(run, key)


@app.agent()
async def tidies_up(run: Run) -> None:
    """Cancelled while it waits, in two branches, with durable cleanup in each and at the end."""

    async def branch(scope: str) -> None:
        try:
            await run.step("work", lambda: world.act(run, f"{scope}work"))
            await run.wait("never")
        finally:
            await run.step("undo", lambda: world.act(run, f"{scope}undo"))

    try:
        await run.gather(branch("gather[0]/"), branch("gather[1]/"), run.step("ask", lambda: world.act(run, "ask")))
    finally:
        await run.step("undo one", lambda: world.act(run, "undo one"))
        await run.step("undo two", lambda: world.act(run, "undo two"))


Drive = Callable[[Handle[Any]], Coroutine[Any, Any, None]]


async def tell(handle: Handle[Any]) -> None:
    """Signal early and, once it was asked for, late."""
    await handle.signal("early", "bird", id="early")
    await eventually(lambda: world.effects.get(tenant_of(handle), Counter())["ask"])
    await handle.signal("late", 7, id="late")


async def stop(handle: Handle[Any]) -> None:
    """Cancel when the run has nothing left to do but to wait."""
    await eventually(lambda: waiting_in_both(handle))
    await handle.cancel("enough")


async def waiting_in_both(handle: Handle[Any]) -> bool:
    keys = closed_keys(await handle.history())
    return {"ask", "gather[0]/work", "gather[1]/work"} <= keys.keys()


async def nothing(_: Handle[Any]) -> None:
    """Let it run."""


def tenant_of(handle: Handle[Any]) -> str:
    return next(tenant for tenant, known in world.handles.items() if known is handle)


@dataclass
class Outcome:
    """What became of one run."""

    ending: str
    journal: dict[str, Any]
    effects: Counter[str]
    events: list[Event]


@pytest.fixture
async def stratum(store_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stratum]:
    monkeypatch.setattr(execution_module, "HOLD_MS", 0)
    world.effects.clear()
    world.handles.clear()
    async with app.open(store_url) as opened:
        yield opened


async def play(stratum: Stratum, agent: str, drive: Drive, kill: Kill | None) -> tuple[Outcome, bool]:
    """Run an agent, kill its worker as told, and let another finish; also return whether the kill point was reached."""
    try:
        async with asyncio.timeout(20):
            return await _play(stratum, agent, drive, kill)
    except TimeoutError:
        handle = stratum.tenant("undisturbed" if kill is None else f"{kill.when}-{kill.commit}").handle("the-run")
        journal = "\n".join(map(str, await handle.history()))
        message = f"It does not end after the kill {kill}. {await handle.status()}\n{journal}"
        raise AssertionError(message) from None


async def _play(stratum: Stratum, agent: str, drive: Drive, kill: Kill | None) -> tuple[Outcome, bool]:
    tenant = "undisturbed" if kill is None else f"{kill.when}-{kill.commit}"
    mine = stratum.tenant(tenant)
    handle: Handle[Any] = await mine.start(agent, id="the-run")
    world.handles[tenant] = handle
    driving = asyncio.create_task(drive(handle))
    ending = asyncio.create_task(end_of(handle))
    async with DoomedWorker(mine, kill, **QUICK) as doomed:
        dying = asyncio.create_task(doomed.store.dead.wait())
        await asyncio.wait({ending, dying}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
    killed = doomed.store.dead.is_set()
    if killed:
        done = closed_keys(await handle.history())
        acts = Counter(world.effects.get(tenant, Counter()))
        await doomed.bury()
        async with mine.worker(**QUICK):
            await ending
        nothing_repeated(done, acts, world.effects.get(tenant, Counter()))
    await driving
    events = await handle.history()
    return Outcome(await ending, by_scope(events), world.effects.get(tenant, Counter()), events), killed


async def end_of(handle: Handle[Any]) -> str:
    try:
        return encode(await handle.result())
    except (RunFailed, RunCancelled) as error:
        return repr(error)


def nothing_repeated(done: Counter[str], before: Counter[str], after: Counter[str]) -> None:
    """The effect of no step that was done at the kill happened again."""
    for key in done:
        assert after[key] == before[key], f"{key} was done, and was done again"


def compare(found: Outcome, wanted: Outcome) -> None:
    assert found.ending == wanted.ending
    assert found.journal == wanted.journal
    assert max(closed_keys(found.events).values()) == 1
    extra = found.effects - wanted.effects
    assert wanted.effects - found.effects == Counter(), "an effect is missing"
    assert all(extra[key] == 1 for key in extra), f"something was repeated more than once: {extra}"
    assert extra.total() <= SIDE_BY_SIDE, f"more was repeated than can have been in flight: {extra}"


WHEN: list[Literal["before", "after"]] = ["before", "after"]
CASES: dict[str, Drive] = {
    "plain": nothing,
    "branches": nothing,
    "waits": tell,
    "parent": nothing,
    "remembers": nothing,
    "tidies_up": stop,
}


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("agent", list(CASES))
async def test_a_worker_killed_at_any_commit_leaves_what_another_finishes_as_if_nothing_had_happened(
    stratum: Stratum, agent: str, when: Literal["before", "after"]
) -> None:
    drive = CASES[agent]
    wanted, _ = await play(stratum, agent, drive, None)
    killed, commit = True, 0
    while killed:
        commit += 1
        found, killed = await play(stratum, agent, drive, Kill(when, commit))
        compare(found, wanted)
    assert commit > 5, "too few kill points: something is not counted"
