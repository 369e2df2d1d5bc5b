"""What sleeps, signals, cancellation and deadlines promise, on any store."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from stratum.agents import Run
from stratum.app import App
from stratum.kernel.clock import SystemClock
from stratum.kernel.errors import InvalidInput
from stratum.runs import Kind, RunCancelled, RunFailed, Status, WaitExpired
from stratum.runs import execution as execution_module
from stratum.testing.killing import DoomedWorker
from stratum.testing.waiting import eventually
from stratum.testing.working import QUICK, recorded, settled, working

SOON = timedelta(milliseconds=30)
LONG = timedelta(days=400)


class WaitsSuite:
    """A run waits without a worker, is told things once, and stops when it is told to."""

    async def test_a_short_sleep_stays_on_its_worker(self, store_url: str) -> None:
        """Within a few seconds it is not worth letting go."""
        app = App("short")

        @app.agent()
        async def agent(run: Run) -> str:
            await run.sleep(SOON)
            await run.sleep(timedelta(0))
            return "slept"

        async with working(app, store_url) as stratum:
            handle = await stratum.start(agent)
            assert await handle.result() == "slept"
            assert (await handle.status()).epoch == 1

    async def test_a_long_sleep_lets_go_of_the_worker_and_wakes_by_itself(
        self, store_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The store wakes it; nothing of it is left in memory meanwhile."""
        monkeypatch.setattr(execution_module, "HOLD_MS", 0)
        app = App("long")

        @app.agent()
        async def agent(run: Run) -> str:
            await run.step("before", lambda: 1)
            await run.sleep(timedelta(milliseconds=150))
            return "slept"

        async with working(app, store_url) as stratum:
            handle = await stratum.start(agent)
            await settled(handle, Status.WAITING)
            assert await handle.result() == "slept"
            assert (await handle.status()).epoch == 2

    async def test_a_sleep_counts_from_when_it_began_over_restarts(self, store_url: str) -> None:
        """A restart does not begin the sleep again."""
        app = App("over")

        @app.agent()
        async def agent(run: Run) -> None:
            await run.sleep(timedelta(milliseconds=120))

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with stratum.worker(**QUICK):
                await eventually(lambda: timers(handle))
            async with stratum.worker(**QUICK):
                await handle.result()
            assert await timers(handle) == 1

    async def test_a_sleep_of_months_holds_no_worker(self, store_url: str) -> None:
        """It waits in the store, with the moment of its waking."""
        app = App("months")

        @app.agent()
        async def agent(run: Run) -> None:
            await run.sleep(LONG)

        async with app.open(store_url) as stratum, stratum.worker(**QUICK) as worker:
            handle = await stratum.start(agent)
            await settled(handle, Status.WAITING)
            await eventually(lambda: worker.busy == 0)
            row = await handle.status()
            assert row.wake_at is not None
            assert row.wake_at > row.created_at + LONG.total_seconds() * 1000 - 1

    async def test_a_sleep_of_less_than_no_time_is_refused(self, store_url: str) -> None:
        """The message says what may be given."""
        app = App("backwards")

        @app.agent()
        async def agent(run: Run) -> str:
            with pytest.raises(InvalidInput, match="zero or more"):
                await run.sleep(timedelta(seconds=-1))
            return "refused"

        async with working(app, store_url) as stratum:
            assert await (await stratum.start(agent)).result() == "refused"

    async def test_signals_are_kept_until_they_are_waited_for_and_come_in_order(self, store_url: str) -> None:
        """Early or late, each is handed out once, to the first that waits for one of its name."""
        app = App("signals")

        @app.agent()
        async def agent(run: Run) -> list[Any]:
            found = [await run.wait("number", int), await run.wait("number", int)]
            await run.step("ask", lambda: 1)
            return [*found, await run.wait("word", str), *await run.gather(run.wait("number"), run.wait("number"))]

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            await handle.signal("number", 1)
            await handle.signal("number", 2)
            async with stratum.worker(**QUICK):
                await recorded(handle, "ask")
                await settled(handle, Status.WAITING)
                for number in (3, 4):
                    assert await handle.signal("number", number)
                await handle.signal("word", "Ω\x00")
                assert await handle.result() == [1, 2, "Ω\x00", 3, 4]
            assert not await handle.signal("number", 5)

    async def test_a_signal_with_a_known_id_is_told_once(self, store_url: str) -> None:
        """Who signals may try again without counting."""
        app = App("once")

        @app.agent()
        async def agent(run: Run) -> list[Any]:
            return [await run.wait("a"), await run.wait("a")]

        async with working(app, store_url) as stratum:
            handle = await stratum.start(agent)
            for number in (1, 1, 2):
                assert await handle.signal("a", number, id=f"id-{number}")
            assert await handle.result() == [1, 2]

    async def test_a_wait_that_nobody_answers_expires(self, store_url: str) -> None:
        """``within`` is durable, and its end is an error that code can handle."""
        app = App("expires")

        @app.agent()
        async def agent(run: Run) -> str:
            try:
                await run.wait("nobody", within=SOON)
            except WaitExpired as error:
                return error.code
            return ""

        async with working(app, store_url) as stratum:
            assert await (await stratum.start(agent)).result() == "wait_expired"

    async def test_a_signal_of_another_type_is_an_error_live_and_replayed(self, store_url: str) -> None:
        """It is used up, and the message has the path of what does not fit."""
        app, seen = App("types"), list[str]()

        @app.agent()
        async def agent(run: Run) -> int:
            try:
                await run.wait("number", int)
            except InvalidInput as error:
                seen.append(str(error))
            return await run.wait("number", int)

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            await handle.signal("number", "seven")
            async with stratum.worker(**QUICK):
                await recorded(handle, "wait number")
                await eventually(lambda: seen)
            async with stratum.worker(**QUICK):
                await handle.signal("number", 7)
                assert await handle.result() == 7
        assert len(seen) > 1
        assert set(seen) == {seen[0]}
        assert "integer" in seen[0]

    @pytest.mark.parametrize("where", ["ready", "running", "waiting", "sleeping"])
    async def test_a_cancelled_run_ends_wherever_it_is(self, store_url: str, where: str) -> None:
        """Ready, in a step, waiting or asleep."""
        app, begun, never = App("cancel"), asyncio.Event(), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> None:
            if where == "running":

                async def hang() -> None:
                    begun.set()
                    await never.wait()

                await run.step("hang", hang)
            elif where == "sleeping":
                await run.sleep(LONG)
            await run.wait("never")

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            if where == "ready":
                assert await handle.cancel("not wanted")
            async with stratum.worker(**QUICK):
                if where == "running":
                    await begun.wait()
                elif where != "ready":
                    await settled(handle, Status.WAITING)
                assert where == "ready" or await handle.cancel("not wanted")
                with pytest.raises(RunCancelled):
                    await handle.result()
            assert (await handle.status()).status is Status.CANCELLED
            assert "not wanted" in (await handle.history())[-1].body
            assert not await handle.cancel("again")

    async def test_no_step_begins_after_a_cancellation_was_told(self, store_url: str) -> None:
        """What had not begun when the worker took the run does not begin."""
        app, done = App("told"), list[str]()

        @app.agent()
        async def agent(run: Run) -> None:
            await run.step("first", lambda: done.append("first"))
            await run.wait("go")
            await run.step("second", lambda: done.append("second"))

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with stratum.worker(**QUICK):
                await settled(handle, Status.WAITING)
            await handle.signal("go")
            await handle.cancel()
            async with stratum.worker(**QUICK):
                with pytest.raises(RunCancelled):
                    await handle.result()
        assert done == ["first"]

    async def test_cleanup_of_a_cancelled_run_is_durable(self, store_url: str) -> None:
        """A worker that dies during the cleanup leaves the rest of it to the next, and nothing is cleaned up twice."""
        app, done, hold = App("cleanup"), Counter[str](), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> None:
            async def slow(what: str) -> None:
                if what == "two":
                    await hold.wait()
                done[what] += 1

            try:
                await run.step("work", slow, "work")
                await run.gather(run.wait("never"), run.wait("never either"))
            finally:
                await run.step("undo one", slow, "one")
                await run.step("undo two", slow, "two")

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with DoomedWorker(stratum, **QUICK) as doomed:
                await settled(handle, Status.WAITING)
                await handle.cancel()
                await recorded(handle, "undo one")
                doomed.die()
            await doomed.bury()
            hold.set()
            async with stratum.worker(**QUICK):
                with pytest.raises(RunCancelled):
                    await handle.result()
        assert done == {"work": 1, "one": 1, "two": 1}

    async def test_a_run_that_swallows_its_cancellation_is_still_cancelled(self, store_url: str) -> None:
        """It may clean up as long as its grace lasts; then it ends."""
        app, done = App("swallows"), list[str]()

        @app.agent()
        async def polite(run: Run) -> str:
            try:
                await run.wait("never")
            except asyncio.CancelledError:
                await run.step("bye", lambda: done.append("bye"))
            return "done after all"

        @app.agent()
        async def stubborn(run: Run) -> str:
            while True:
                try:
                    await run.wait("never")
                except asyncio.CancelledError:
                    done.append("no")

        async with working(app, store_url, grace_seconds=0.1) as stratum:
            for agent in (polite, stubborn):
                handle = await stratum.start(agent)
                await settled(handle, Status.WAITING)
                await handle.cancel()
                with pytest.raises(RunCancelled):
                    await handle.result()
        assert done[0] == "bye", done
        assert "no" in done

    async def test_a_result_that_arrives_with_a_cancellation_is_not_handed_out_by_a_replay_either(
        self, store_url: str
    ) -> None:
        """Where the code was cancelled is where every replay cancels it: the cleanup stays at its place."""
        app, working_on, done, hold = App("race"), asyncio.Event(), list[str](), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> None:
            async def work() -> None:
                working_on.set()
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    done.append("work")

            try:
                await run.step("work", work)
                await run.step("next", lambda: done.append("next"))
            finally:
                await run.step("undo", lambda: done.append("undo"))
                await run.step("hold", hold.wait)

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with DoomedWorker(stratum, **QUICK) as doomed:
                await working_on.wait()
                await handle.cancel()
                await recorded(handle, "undo")
                doomed.die()
            await doomed.bury()
            hold.set()
            async with stratum.worker(**QUICK):
                with pytest.raises(RunCancelled):
                    await handle.result()
        assert done.count("undo") == 1

    @pytest.mark.parametrize("where", ["running", "sleeping", "ready"])
    async def test_a_run_ends_at_its_deadline_wherever_it_is(self, store_url: str, where: str) -> None:
        """In a step, asleep, or before it ever began."""
        app, never, undone = App("deadline"), asyncio.Event(), list[str]()

        @app.agent(deadline=timedelta(milliseconds=50 if where == "ready" else 3_000))
        async def agent(run: Run) -> None:
            try:
                if where == "running":
                    await run.step("hang", never.wait)
                await run.sleep(LONG)
            finally:
                await run.step("undo", lambda: undone.append("undo"))

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            if where == "ready":
                deadline = (await handle.status()).deadline or 0
                await eventually(lambda: SystemClock().now() > deadline)
            async with stratum.worker(**QUICK):
                with pytest.raises(RunFailed, match="deadline") as caught:
                    await handle.result()
        assert caught.value.kind == "deadline"
        assert undone == ([] if where == "ready" else ["undo"])

    async def test_times_chance_and_ids_are_the_same_on_every_replay(self, store_url: str) -> None:
        """Recorded or drawn from the call itself; two calls never draw the same."""
        app, seen = App("values"), list[list[object]]()

        @app.agent()
        async def agent(run: Run) -> None:
            values: list[object] = [run.now(), run.random(), run.id("order"), run.random(), run.id("order")]
            seen.append(values)
            await run.step("one", lambda: 1)
            await run.wait("go")
            values += [run.random(), run.id("order")]
            await run.wait("stop")

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            for signal in ("go", "other", "stop"):
                async with stratum.worker(**QUICK):
                    await recorded(handle, "one" if signal == "go" else "wait go")
                    await handle.signal(signal)
            async with stratum.worker(**QUICK):
                await handle.result()
        assert len(seen) > 2
        assert seen[-1] == seen[-2]
        assert len({str(value) for value in seen[-1]}) == 7

    async def test_an_id_drawn_for_a_step_is_the_same_when_the_step_runs_again(self, store_url: str) -> None:
        """A key given to a service before the crash is the key given to it after the crash."""
        app, keys, hold = App("keys"), list[str](), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> str:
            async def pay(key: str) -> str:
                keys.append(key)
                await hold.wait()
                return key

            return await run.step("pay", pay, run.id("payment"))

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with DoomedWorker(stratum, **QUICK) as doomed:
                await eventually(lambda: keys)
                doomed.die()
            await doomed.bury()
            hold.set()
            async with stratum.worker(**QUICK):
                await handle.result()
        assert len(keys) == 2
        assert keys[0] == keys[1]


async def timers(handle: Any) -> int:  # noqa: ANN401 - a handle of any result
    """Return how many timers a run has recorded."""
    return sum(event.kind == Kind.TIMER for event in await handle.history())
