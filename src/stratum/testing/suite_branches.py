"""What branches promise, and what a replay checks, on any store."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from stratum.agents import Run
from stratum.app import App, Handle, Stratum
from stratum.kernel.errors import InvalidInput
from stratum.runs import Kind, Misused, RunCancelled, RunFailed, Status, StepError
from stratum.testing.killing import DoomedWorker
from stratum.testing.waiting import eventually
from stratum.testing.working import QUICK, recorded, settled, working


class BranchesSuite:
    """Branches run side by side, and their order of completion makes no difference to a replay."""

    async def test_branches_run_side_by_side_and_results_come_in_order(self, store_url: str) -> None:
        """Gather, map and first inside one another, with calls and coroutines alike."""
        app = App("branches")

        @app.agent()
        async def agent(run: Run) -> list[Any]:
            meeting = asyncio.Barrier(2)

            async def meet(name: str) -> str:
                await meeting.wait()
                return name

            async def two(name: str) -> list[Any]:
                return await run.gather(run.step("a", meet, f"{name}a"), run.step("b", meet, f"{name}b"))

            async def square(run: Run, number: int) -> int:
                with run.scope("inner"):
                    return await run.step("square", lambda: number * number)

            first = await run.gather(two("x"), run.map(square, [3, 2, 1], key=str), run.step("c", lambda: "c"))
            return [first, await run.map(square, [1, 2]), await run.gather(), await run.map(square, [])]

        async with working(app, store_url) as stratum:
            handle = await stratum.start(agent)
            assert await handle.result() == [[["xa", "xb"], [9, 4, 1], "c"], [1, 4], [], []]
            keys = {event.key for event in await handle.history() if event.key}
        assert keys == {
            "c",
            "gather[0]/a",
            "gather[0]/b",
            "gather[1]/map square[3]/inner/square",
            "gather[1]/map square[2]/inner/square",
            "gather[1]/map square[1]/inner/square",
            "map square[0]/inner/square",
            "map square[1]/inner/square",
        }

    async def test_the_first_error_of_a_gather_stops_its_siblings(self, store_url: str) -> None:
        """They may clean up durably; the error is raised when all have ended."""
        app, done, never = App("errors"), list[str](), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> str:
            async def patient() -> None:
                try:
                    await run.wait("never")
                finally:
                    await run.step("undo", lambda: done.append("undo"))

            try:
                await run.gather(patient(), run.step("hang", never.wait), run.step("broken", lambda: 1 // 0))
            except StepError as error:
                return error.cause
            return ""

        async with working(app, store_url) as stratum:
            assert "ZeroDivisionError" in await (await stratum.start(agent)).result()
        assert done == ["undo"]

    async def test_a_map_collects_errors_when_told_to(self, store_url: str) -> None:
        """The others go on, at most ``limit`` at a time."""
        app, most = App("collects"), Counter[str]()

        @app.agent()
        async def agent(run: Run) -> list[str]:
            async def work(number: int) -> int:
                most["now"] += 1
                most["most"] = max(most["most"], most["now"])
                await asyncio.sleep(0)
                most["now"] -= 1
                return 10 // number

            async def each(run: Run, number: int) -> int:
                return await run.step("divide", work, number)

            found = await run.map(each, [1, 0, 5, 0, 2], limit=2, on_error="collect")
            return [type(one).__name__ if isinstance(one, StepError) else str(one) for one in found]

        async with working(app, store_url) as stratum:
            result = await (await stratum.start(agent)).result()
        assert result == ["10", "StepError", "2", "StepError", "5"]
        assert most["most"] == 2

    async def test_keys_of_a_map_must_differ_and_may_hold_anything(self, store_url: str) -> None:
        """Two items with one key could not be told apart; letters that no database keeps are written otherwise."""
        app = App("keys")

        @app.agent()
        async def agent(run: Run) -> list[str]:
            async def each(run: Run, item: str) -> str:
                return await run.step("echo", lambda: item.encode("utf-8", "replace").decode())

            with pytest.raises(InvalidInput, match="'b'"):
                await run.map(each, ["a", "b", "b"], key=str)
            with pytest.raises(InvalidInput, match="201"):
                await run.map(each, ["x" * 201], key=str)
            with pytest.raises(InvalidInput, match="limit"):
                await run.map(each, ["x"], limit=0)
            return await run.map(each, ["a/b", "a#2", "%2F", "Ω\x00", "\ud800", "]["], key=str)

        async with working(app, store_url) as stratum:
            assert await (await stratum.start(agent)).result() == ["a/b", "a#2", "%2F", "Ω\x00", "?", "]["]

    async def test_the_winner_of_a_first_is_recorded(self, store_url: str) -> None:
        """A replay hands out the same winner even when another branch would be faster then."""
        app, seen, slow = App("first"), list[str](), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> None:
            async def wait_here(event: asyncio.Event, name: str) -> str:
                await event.wait()
                return name

            ready = asyncio.Event()
            ready.set()
            fast, other = (ready, asyncio.Event()) if not seen else (slow, ready)
            if seen:
                asyncio.get_running_loop().call_later(0.05, slow.set)
            seen.append(await run.first(wait_here(fast, "fast"), wait_here(other, "other")))
            await run.wait("go")

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with stratum.worker(**QUICK):
                await recorded(handle, "first")
                await eventually(lambda: seen)
            async with stratum.worker(**QUICK):
                await handle.signal("go")
                await handle.result()
        assert len(seen) > 1
        assert set(seen) == {"fast"}

    async def test_a_loser_that_finished_at_the_same_moment_is_replayed_as_it_was(self, store_url: str) -> None:
        """Its result is recorded, its code was cancelled, and so it is on the replay: the cleanup keeps its place."""
        app, done = App("loser"), Counter[str]()

        @app.agent()
        async def agent(run: Run) -> str:
            meeting = asyncio.Barrier(2)

            async def meet(name: str) -> str:
                done[name] += 1
                await meeting.wait()
                return name

            async def loser() -> str:
                try:
                    await run.step("slow", meet, "slow")
                    await run.step("more", lambda: 1)
                    await run.wait("never")
                finally:
                    await run.step("undo", lambda: done.update(["undo"]))
                return "loser"

            winner = await run.first(run.step("fast", meet, "fast"), loser())
            await run.wait("go")
            return winner

        async with app.open(store_url) as stratum:
            handles = [await stratum.start(agent, id=f"run-{number}") for number in range(20)]
            async with stratum.worker(**QUICK):
                for handle in handles:
                    await settled(handle, Status.WAITING)
            async with stratum.worker(**QUICK):
                for handle in handles:
                    await handle.signal("go")
                assert {await handle.result() for handle in handles} == {"fast"}
        assert done == {"slow": 20, "fast": 20, "undo": 20}

    async def test_a_thousand_branches_are_replayed(self, store_url: str) -> None:
        """Their results come back in order, and none is carried out again."""
        app, done = App("thousand"), Counter[int]()

        @app.agent()
        async def agent(run: Run) -> int:
            async def each(run: Run, number: int) -> int:
                return await run.step("work", act, number)

            def act(number: int) -> int:
                done[number] += 1
                return number

            numbers = await run.map(each, range(1_000), limit=100)
            assert numbers == list(range(1_000))
            await run.wait("go")
            return sum(await run.gather(*(run.step("more", lambda: 1) for _ in range(100))))

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with stratum.worker(**QUICK):
                await settled(handle, Status.WAITING)
            async with stratum.worker(**QUICK):
                await handle.signal("go")
                assert await handle.result() == 100
        assert set(done.values()) == {1}
        assert len(done) == 1_000

    async def test_five_thousand_steps_are_replayed(self, store_url: str) -> None:
        """More than one page of a journal, each step once."""
        app, done = App("long"), Counter[str]()

        @app.agent()
        async def agent(run: Run, count: int) -> int:
            async def act() -> int:
                done["act"] += 1
                return done["act"]

            calls = [run.step("act", act) for _ in range(count)]
            found: list[int] = await run.gather(*calls)
            await run.wait("go")
            return sum(found)

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent, count=5_100)
            async with stratum.worker(**QUICK):
                await settled(handle, Status.WAITING)
            async with stratum.worker(**QUICK):
                await handle.signal("go")
                assert await handle.result() == 5_100 * 5_101 // 2
        assert done["act"] == 5_100


Agent = Callable[[Run], Any]


async def play(store_url: str, before: Agent, after: Agent) -> tuple[Status, str]:
    """Run ``before`` to its end, replace it by ``after``, and return how that ends, with what is said about it."""
    old, new = App("old"), App("new")
    old.agent(name="agent")(waits_for_more(before))
    new.agent(name="agent")(waits_for_more(after))
    async with old.open(store_url) as stratum:
        handle: Handle[Any] = await stratum.start("agent")
        await handle.signal("go")
        async with stratum.worker(**QUICK):
            await settled(handle, Status.WAITING)
    async with working(new, store_url) as stratum:
        handle = stratum.handle(handle.id)
        await handle.signal("more")
        await eventually(lambda: rested(stratum, handle.id))
        events = await handle.history()
        return (await handle.status()).status, events[-1].body


async def rested(stratum: Stratum, run_id: str) -> bool:
    """Return whether a run has ended or is parked."""
    row = await stratum.handle(run_id).status()
    return row.status in {Status.DONE, Status.PARKED, Status.FAILED, Status.CANCELLED}


async def original(run: Run) -> str:
    """Do three steps, two of them in a loop, then wait."""
    await run.step("fetch", str, 1)
    for number in range(2):
        await run.step("read", str, number)
    await run.wait("go")
    return "done"


async def inserted(run: Run) -> str:
    """Begin with a new step."""
    await run.step("check", str, 1)
    return await original(run)


async def removed(run: Run) -> str:
    """Leave the first step out."""
    for number in range(2):
        await run.step("read", str, number)
    await run.wait("go")
    return "done"


async def renamed(run: Run) -> str:
    """Give the first step another name."""
    await run.step("load", str, 1)
    for number in range(2):
        await run.step("read", str, number)
    await run.wait("go")
    return "done"


async def moved(run: Run) -> str:
    """Do the first step last."""
    for number in range(2):
        await run.step("read", str, number)
    await run.step("fetch", str, 1)
    await run.wait("go")
    return "done"


async def other_arguments(run: Run) -> str:
    """Give the first step another argument."""
    await run.step("fetch", str, 2)
    for number in range(2):
        await run.step("read", str, number)
    await run.wait("go")
    return "done"


async def shorter(run: Run) -> str:
    """Turn the loop once only."""
    await run.step("fetch", str, 1)
    await run.step("read", str, 0)
    await run.wait("go")
    return "done"


async def longer(run: Run) -> str:
    """Turn the loop once more."""
    await run.step("fetch", str, 1)
    for number in range(3):
        await run.step("read", str, number)
    await run.wait("go")
    return "done"


async def ends_early(run: Run) -> str:
    """Return after the first step."""
    return await run.step("fetch", str, 1)


async def in_a_scope(run: Run) -> str:
    """Put the loop into a scope."""
    await run.step("fetch", str, 1)
    with run.scope("reading"):
        for number in range(2):
            await run.step("read", str, number)
    await run.wait("go")
    return "done"


async def only_code(run: Run) -> str:
    """Change nothing but what happens between the steps, and add steps at the end."""
    found = await run.step("fetch", str, 1)
    for number in (int(found) - 1, int(found)):
        await run.step("read", str, number)
    await run.wait("go")
    return await run.step("new", lambda: "done")


async def marked(run: Run) -> str:
    """Mark the new step as a change."""
    if run.changed("check first"):
        await run.step("check", str, 1)
    return await original(run)


async def marked_in_a_loop(run: Run) -> str:
    """Mark a change at each turn: turns that are past keep the old way."""
    await run.step("fetch", str, 1)
    news = 0
    for number in range(4):
        if run.changed("reads twice"):
            news += 1
            await run.step("read twice", str, number)
        else:
            await run.step("read", str, number)
        if number == 1:
            await run.wait("go")
    return str(news)


class ReplaySuite:
    """Code may change between the calls; a change of the calls is found, told, and strands nobody."""

    @pytest.mark.parametrize(
        ("after", "said"),
        [
            (inserted, "'fetch' in this place"),
            (removed, "'read' at place 2"),
            (renamed, "'fetch' in this place"),
            (moved, "'read' at place 2"),
            (other_arguments, "'fetch' was recorded with other arguments"),
            (shorter, "'wait go' at place 4"),
            (longer, "'wait go' in this place"),
            (ends_early, "no longer calls 'read'"),
            (in_a_scope, "'read' in this place"),
        ],
    )
    async def test_a_change_of_the_calls_parks_the_run_and_says_what_differs(
        self, store_url: str, after: Agent, said: str
    ) -> None:
        """The report names what was recorded, what was called, and what can be done."""
        status, body = await play(store_url, original, after)
        assert status is Status.PARKED
        assert said in body, body
        assert "called at place" in body
        assert "run.changed()" in body

    @pytest.mark.parametrize("after", [original, only_code, marked])
    async def test_changes_that_keep_the_recorded_calls_go_on(self, store_url: str, after: Agent) -> None:
        """Code between the calls, new calls at the end, and marked changes."""
        assert await play(store_url, original, after) == (Status.DONE, '"done"')

    async def test_a_marked_change_takes_effect_where_the_run_had_not_been(self, store_url: str) -> None:
        """In a loop, the turns that are past keep the old way on this replay and on every later one."""
        assert await play(store_url, original, marked_in_a_loop) == (Status.DONE, '"2"')

    async def test_a_marked_change_before_recorded_branches_keeps_the_old_way(self, store_url: str) -> None:
        """What branches have recorded counts as progress behind the mark."""

        async def before(run: Run) -> str:
            await run.gather(run.step("left", str, 1), two_steps(run))
            return "old"

        async def after(run: Run) -> str:
            if run.changed("no branches"):
                return "new"
            return await before(run)

        assert await play(store_url, before, after) == (Status.DONE, '"old"')

    async def test_a_parked_run_can_be_cancelled(self, store_url: str) -> None:
        """Cancelling needs no code that fits."""
        old, new = App("old"), App("new")
        old.agent(name="agent")(original)
        new.agent(name="agent")(inserted)
        async with old.open(store_url) as stratum:
            handle: Handle[Any] = await stratum.start("agent")
            async with stratum.worker(**QUICK):
                await settled(handle, Status.WAITING)
        async with working(new, store_url) as stratum:
            handle = stratum.handle(handle.id)
            await handle.signal("go")
            await settled(handle, Status.PARKED)
            assert await handle.cancel("given up")
            with pytest.raises(RunCancelled):
                await handle.result()

    async def test_a_parked_run_goes_on_with_the_code_that_fits_after_it_was_resumed(self, store_url: str) -> None:
        """Nothing of what it had done is done again."""
        old, new = App("old"), App("new")
        old.agent(name="agent")(original)
        new.agent(name="agent")(inserted)
        async with old.open(store_url) as stratum:
            handle: Handle[Any] = await stratum.start("agent")
            async with stratum.worker(**QUICK):
                await settled(handle, Status.WAITING)
        async with working(new, store_url) as stratum:
            await stratum.handle(handle.id).signal("go")
            await settled(stratum.handle(handle.id), Status.PARKED)
        async with working(old, store_url) as stratum:
            handle = stratum.handle(handle.id)
            await handle.resume("rolled back")
            assert await handle.result() == "done"
            keys = Counter(event.key for event in await handle.history() if event.kind == Kind.STEP)
        assert keys == {"fetch": 1, "read": 1, "read#2": 1, "wait go": 1}

    async def test_what_cannot_be_awaited_is_refused(self, store_url: str) -> None:
        """The message says what a branch may be."""
        app = App("misuse")

        @app.agent()
        async def agent(run: Run) -> None:
            with pytest.raises(InvalidInput, match="at least one"):
                await run.first()
            await run.gather(3)  # type: ignore[arg-type]  # the mistake that is tested

        async with working(app, store_url) as stratum:
            with pytest.raises(RunFailed, match="cannot be awaited") as caught:
                await (await stratum.start(agent)).result()
        assert Misused.__name__ in caught.value.cause

    async def test_a_worker_that_dies_during_a_replay_does_no_harm(self, store_url: str) -> None:
        """Replaying writes nothing."""
        app, done, hold = App("again"), Counter[str](), asyncio.Event()

        def act(name: str) -> None:
            done[name] += 1

        @app.agent()
        async def agent(run: Run) -> str:
            for number in range(20):
                await run.step("act", act, str(number))
            await run.wait("go")
            await run.step("hold", hold.wait)
            return "done"

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with stratum.worker(**QUICK):
                await settled(handle, Status.WAITING)
            await handle.signal("go")
            async with DoomedWorker(stratum, **QUICK) as doomed:
                await recorded(handle, "wait go")
                doomed.die()
            await doomed.bury()
            before = await handle.history()
            for _ in range(3):
                async with DoomedWorker(stratum, **QUICK) as doomed:
                    await settled(handle, Status.RUNNING)
                    doomed.die()
                await doomed.bury()
            assert await handle.history() == before
            hold.set()
            async with stratum.worker(**QUICK):
                assert await handle.result() == "done"
        assert set(done.values()) == {1}


async def two_steps(run: Run) -> None:
    """Do a step in a branch, and wait."""
    await run.step("right", str, 1)
    await run.wait("go")


def waits_for_more(agent: Agent) -> Agent:
    """Return an agent that waits once more at the end, so that it cannot end before its replay is over."""

    async def waiting(run: Run) -> str:
        found: str = await agent(run)
        await run.wait("more")
        return found

    return agent if agent is ends_early else waiting
