"""What steps promise, on any store: subclass in a test module that has a fixture ``store_url``."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pydantic import BaseModel

from stratum.agents import Run
from stratum.app import App
from stratum.kernel.errors import InvalidInput
from stratum.runs import Kind, Misused, Retry, RunFailed, Status, StepError
from stratum.testing.chance import ScriptedChance
from stratum.testing.killing import DoomedWorker
from stratum.testing.waiting import eventually
from stratum.testing.working import QUICK, recorded, settled, working

AT_ONCE = Retry(attempts=3, first=timedelta(milliseconds=1), cap=timedelta(milliseconds=1))


class Paper(BaseModel):
    """A pydantic result."""

    title: str
    at: datetime


@dataclass(frozen=True)
class Point:
    """A dataclass result."""

    x: int
    y: float


def paper() -> Paper:
    """Return a pydantic model."""
    return Paper(title="Ω \x00 🜁", at=datetime(2026, 11, 20, tzinfo=UTC))


async def point() -> Point:
    """Return a dataclass."""
    return Point(1, 2.5)


def moment() -> datetime:
    """Return a time."""
    return datetime(2026, 3, 1, 12, tzinfo=UTC)


def letters() -> tuple[str, ...]:
    """Return a tuple, annotated as one."""
    return ("a", "b")


def pair() -> Any:  # noqa: ANN401 - not annotated on purpose
    """Return a tuple that is not annotated."""
    return (1, 2)


def numbers() -> set[int]:
    """Return a set."""
    return {3, 1, 2}


def nothing() -> None:
    """Return nothing."""


class StepsSuite:
    """Steps are done once, retried as told, and give the same live and on replay."""

    async def test_typed_results_are_the_same_live_and_replayed(self, store_url: str) -> None:
        """A model is a model again, and what JSON has no word for is what JSON makes of it, both times."""
        app, seen = App("types"), list[list[object]]()

        @app.agent()
        async def agent(run: Run) -> int:
            values: list[object] = [
                await run.step(function.__name__, function)
                for function in (paper, point, moment, letters, pair, numbers, nothing)
            ]
            seen.append(values)
            return await run.wait("go", int)

        async with app.open(store_url) as stratum:
            async with DoomedWorker(stratum, **QUICK) as doomed:
                handle = await stratum.start(agent)
                await eventually(lambda: seen)
                doomed.die()
            await doomed.bury()
            async with stratum.worker(**QUICK):
                await handle.signal("go", 1)
                await handle.result()
        assert seen[0] == seen[-1] == [paper(), Point(1, 2.5), moment(), ("a", "b"), [1, 2], {1, 2, 3}, None]
        assert len(seen) > 1

    async def test_async_sync_and_lambda_steps_are_each_carried_out_once(self, store_url: str) -> None:
        """How a step's function is written makes no difference."""
        app, done = App("kinds"), Counter[str]()

        async def slow(text: str) -> str:
            await asyncio.sleep(0)
            done[text] += 1
            return text

        def quick(text: str) -> str:
            done[text] += 1
            return text

        class Callee:
            async def __call__(self, text: str) -> str:
                return await slow(text)

        @app.agent()
        async def agent(run: Run) -> list[str]:
            return [
                await run.step("slow", slow, "slow"),
                await run.step("quick", quick, "quick"),
                await run.step("lambda", lambda: quick("lambda")),
                await run.step("lambda async", lambda: slow("lambda async")),
                await run.step("object", Callee(), "object"),
            ]

        async with working(app, store_url) as stratum:
            assert await (await stratum.start(agent)).result() == list(done)
        assert set(done.values()) == {1}

    async def test_a_step_error_is_the_same_live_and_replayed(self, store_url: str) -> None:
        """Code that handles a failure handles it the same way after a crash."""
        app, seen = App("errors"), list[dict[str, object]]()

        def broken() -> None:
            message = "no such \x00 column \ud800"
            raise KeyError(message)

        @app.agent()
        async def agent(run: Run) -> None:
            try:
                await run.step("broken", broken)
            except StepError as error:
                seen.append({"type": type(error), "text": str(error), **vars(error)})
            await run.wait("go")

        async with app.open(store_url) as stratum:
            async with DoomedWorker(stratum, **QUICK) as doomed:
                handle = await stratum.start(agent)
                await eventually(lambda: seen)
                doomed.die()
            await doomed.bury()
            async with stratum.worker(**QUICK):
                await handle.signal("go")
                await handle.result()
        assert seen[0] == seen[-1]
        assert len(seen) > 1
        assert seen[0]["kind"] == "invalid_request"
        assert "KeyError" in str(seen[0]["cause"])

    async def test_a_transient_error_is_retried_and_a_bug_is_not(self, store_url: str) -> None:
        """The class of an error decides."""
        app, tries = App("retries"), Counter[str]()

        def flaky() -> int:
            tries["flaky"] += 1
            if tries["flaky"] < 3:
                message = "reset by peer"
                raise ConnectionError(message)
            return tries["flaky"]

        def buggy() -> None:
            tries["buggy"] += 1
            message = "'NoneType' object is not callable"
            raise TypeError(message)

        @app.agent()
        async def agent(run: Run) -> int:
            got = await run.step("flaky", flaky, retry=AT_ONCE)
            with pytest.raises(StepError, match="bug"):
                await run.step("buggy", buggy, retry=AT_ONCE)
            return got

        async with working(app, store_url) as stratum:
            handle = await stratum.start(agent)
            assert await handle.result() == 3
            kinds = Counter(event.kind for event in await handle.history() if event.key == "flaky")
        assert kinds == {Kind.ATTEMPT: 2, Kind.STEP: 1}
        assert tries == {"flaky": 3, "buggy": 1}

    async def test_attempts_are_counted_across_restarts(self, store_url: str) -> None:
        """A worker that dies between two tries does not give a step more of them."""
        app, tries = App("attempts"), Counter[str]()

        def refuse() -> None:
            tries["refuse"] += 1
            message = "refused"
            raise ConnectionError(message)

        @app.agent()
        async def agent(run: Run) -> str:
            patient = Retry(attempts=3, first=timedelta(milliseconds=500), factor=1.0)
            with pytest.raises(StepError, match="tried 3 times"):
                await run.step("refuse", refuse, retry=patient)
            return "gave up"

        async def has(attempts: int) -> bool:
            return sum(event.kind == Kind.ATTEMPT for event in await handle.history()) >= attempts

        async with app.open(store_url, chance=ScriptedChance([0.99])) as stratum:
            handle = await stratum.start(agent)
            for number in (1, 2):
                async with DoomedWorker(stratum, **QUICK) as doomed:
                    await eventually(partial(has, number))
                    doomed.die()
                await doomed.bury()
            async with stratum.worker(**QUICK):
                assert await handle.result() == "gave up"
        # A try that is cut off in the middle is not counted, and may be one too many.
        assert 3 <= tries["refuse"] <= 4

    async def test_a_step_that_takes_too_long_fails_as_a_timeout(self, store_url: str) -> None:
        """``timeout`` bounds each try, of async and of sync functions."""
        app, release = App("timeouts"), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> list[str]:
            kinds: list[str] = []
            for name, function in (("async", release.wait), ("again", release.wait)):
                try:
                    once = Retry(attempts=1)
                    await run.step(name, function, retry=once, timeout=timedelta(milliseconds=20))
                except StepError as error:
                    kinds.append(error.kind)
            return kinds

        async with working(app, store_url) as stratum:
            assert await (await stratum.start(agent)).result() == ["timeout", "timeout"]

    async def test_a_value_that_cannot_be_stored_fails_its_step(self, store_url: str) -> None:
        """What is neither JSON nor pydantic's is refused as a failure of the step, live and later alike."""
        app = App("values")

        @app.agent()
        async def agent(run: Run) -> list[str]:
            kinds: list[str] = []
            for name, make in (
                ("object", object),
                ("large", lambda: "x" * (16 * 1024 * 1024)),
                ("half", lambda: "\ud800"),
            ):
                try:
                    await run.step(name, make, retry=AT_ONCE)
                except StepError as error:
                    kinds.append(error.kind)
            return kinds

        async with working(app, store_url) as stratum:
            assert await (await stratum.start(agent)).result() == ["invalid_input"] * 3

    async def test_large_values_come_back_whole(self, store_url: str) -> None:
        """Values over 8 KiB are stored apart, and read with the journal."""
        app, text = App("large"), "π" * 9_000

        @app.agent()
        async def agent(run: Run, given: str) -> str:
            twice = [await run.step("large", lambda: text), await run.step("large", lambda: text)]
            await run.wait("go")
            return given + twice[0] + twice[1]

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent, given=text)
            for _ in range(2):
                async with stratum.worker(**QUICK):
                    await recorded(handle, "large#2")
            async with stratum.worker(**QUICK):
                await handle.signal("go")
                assert await handle.result() == text * 3

    async def test_a_call_that_is_never_awaited_fails_the_run_and_is_named(self, store_url: str) -> None:
        """A forgotten ``await`` is found, not lost."""
        app = App("forgotten")

        @app.agent()
        async def agent(run: Run) -> str:
            run.step("forgotten", lambda: 1)  # type: ignore[unused-awaitable]  # the mistake that is tested
            return "done"

        async with working(app, store_url) as stratum:
            with pytest.raises(RunFailed, match=r"forgotten.*await"):
                await (await stratum.start(agent)).result()

    async def test_a_call_cannot_be_awaited_twice(self, store_url: str) -> None:
        """A step is not carried out a second time by accident."""
        app, done = App("twice"), list[int]()

        @app.agent()
        async def agent(run: Run) -> str:
            call = run.step("once", lambda: done.append(1))
            await call
            with pytest.raises(Misused, match="twice"):
                await call
            return "done"

        async with working(app, store_url) as stratum:
            assert await (await stratum.start(agent)).result() == "done"
        assert done == [1]

    async def test_a_handle_used_from_a_foreign_task_is_refused(self, store_url: str) -> None:
        """The message names the run's own tasks and what to use instead."""
        app = App("foreign")

        @app.agent()
        async def agent(run: Run) -> str:
            async def elsewhere() -> None:
                await run.step("elsewhere", lambda: 1)

            with pytest.raises(Misused, match=r"run\.gather"):
                await asyncio.create_task(elsewhere(), name="stranger")
            return "done"

        async with working(app, store_url) as stratum:
            assert await (await stratum.start(agent)).result() == "done"

    async def test_a_step_cannot_make_calls_of_its_own(self, store_url: str) -> None:
        """A step inside a step would not be called again once the outer one is recorded."""
        app = App("nested")

        @app.agent()
        async def agent(run: Run) -> list[str]:
            async def inner() -> None:
                await run.step("inner", lambda: 1)

            found: list[str] = []
            for name, function in (("async", inner), ("sync", lambda: run.step("inner", lambda: 1))):
                try:
                    await run.step(name, function)
                except StepError as error:
                    found.append(error.kind)
            return found

        async with working(app, store_url) as stratum:
            assert await (await stratum.start(agent)).result() == ["misused", "misused"]

    async def test_an_error_of_the_agent_fails_its_run_with_the_cause(self, store_url: str) -> None:
        """Whatever text an error has, it reaches who asks for the result."""
        app = App("fails")

        @app.agent()
        async def agent(run: Run, text: str) -> None:
            raise RuntimeError(text + run.tenant[:0])

        async with working(app, store_url) as stratum:
            for text in ("plain", "nul \x00 and \u2028 lines\nmore", ""):
                with pytest.raises(RunFailed) as caught:
                    await (await stratum.start(agent, text=text)).result()
                assert "RuntimeError" in caught.value.cause

    async def test_a_run_that_cancels_itself_fails_instead_of_starting_over(self, store_url: str) -> None:
        """CancelledError is the framework's; raised by the author's code it is an error like any other."""
        app = App("self-cancel")

        @app.agent()
        async def agent(run: Run, where: str) -> None:
            async def cancel() -> None:
                raise asyncio.CancelledError

            if where == "step":
                await run.step("cancel", cancel, retry=Retry(attempts=1))
            elif where == "branch":
                await run.gather(cancel())
            await cancel()

        async with working(app, store_url) as stratum:
            for where in ("step", "branch", "agent"):
                with pytest.raises(RunFailed, match="CancelledError"):
                    await (await stratum.start(agent, where=where)).result()

    async def test_names_that_cannot_be_kept_are_refused_where_they_are_given(self, store_url: str) -> None:
        """A step's name has 1 to 200 printable characters and none that scopes are written with."""
        app = App("names")

        @app.agent()
        async def agent(run: Run) -> int:
            refused = 0
            for name in ("", "a/b", "a#2", "nul\x00", "x" * 201):
                with pytest.raises(InvalidInput):
                    await run.step(name, lambda: 1)
                refused += 1
            with pytest.raises(InvalidInput), run.scope("gather[0]"):
                pass
            return refused

        async with working(app, store_url) as stratum:
            assert await (await stratum.start(agent)).result() == 5

    async def test_an_input_that_no_longer_fits_parks_the_run(self, store_url: str) -> None:
        """A new version of the code that cannot read the old input strands nobody silently."""
        old, new = App("old"), App("new")

        @old.agent(name="agent")
        async def before(run: Run, count: int) -> None: ...

        @new.agent(name="agent")
        async def after(run: Run, count: int, limit: int) -> None: ...

        async with old.open(store_url) as stratum:
            handle = await stratum.start(before, count=1)
        async with working(new, store_url) as stratum:
            handle = stratum.handle(handle.id)
            await settled(handle, Status.PARKED)
            assert "limit" in str((await handle.status()).reason)
