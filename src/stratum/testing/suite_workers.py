"""What starting runs, and the workers that execute them, promise on any store."""

import asyncio
import gc
import weakref
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from stratum.agents import Done, Run
from stratum.app import App
from stratum.kernel.clock import SystemClock
from stratum.kernel.errors import InvalidInput
from stratum.runs import Kind, RunCancelled, RunFailed, RunIdTaken, Status, UnknownAgent, UnknownRun
from stratum.runs import execution as execution_module
from stratum.runs import worker as worker_module
from stratum.testing.killing import DoomedWorker
from stratum.testing.waiting import eventually
from stratum.testing.working import QUICK, recorded, settled, working

SOON = timedelta(milliseconds=100)


class StartsSuite:
    """Starting is idempotent, ordered, fair among tenants, and keeps them apart."""

    async def test_the_same_id_is_the_same_run_also_when_it_has_ended(self, store_url: str) -> None:
        """Whoever is not sure that a start arrived starts again."""
        app, done = App("ids"), list[int]()

        @app.agent()
        async def agent(run: Run, number: int, note: str = "none") -> int:
            await run.step("act", lambda: done.append(number))
            return number + len(note)

        @app.agent()
        async def other(run: Run, number: int) -> None: ...

        async with working(app, store_url) as stratum:
            handles = await asyncio.gather(*(stratum.start(agent, id="one", number=1) for _ in range(5)))
            assert {await handle.result() for handle in handles} == {5}
            again = await stratum.start(agent, id="one", number=1, note="none")
            assert await again.result() == 5
            with pytest.raises(RunIdTaken, match="'one'"):
                await stratum.start(agent, id="one", number=2)
            with pytest.raises(RunIdTaken, match="'one'"):
                await stratum.start(other, id="one", number=1)
        assert done == [1]

    async def test_what_does_not_fit_is_refused_at_the_door(self, store_url: str) -> None:
        """Nothing is started, and the message has the path."""
        app = App("door")

        @app.agent()
        async def agent(run: Run, number: int, id: str = "") -> str:
            return f"{number}{id}{run.tenant[:0]}"

        async with working(app, store_url) as stratum:
            for arguments in ({}, {"number": "x"}, {"number": 1, "more": 2}):
                with pytest.raises(InvalidInput, match=r"\$\.(number|more)"):
                    await stratum.start(agent, input=arguments)
            for name in ("", "a\x00", " a", "x" * 201):
                with pytest.raises(InvalidInput):
                    await stratum.start(agent, id=name, number=1)
            with pytest.raises(InvalidInput, match="priority"):
                await stratum.start(agent, number=1, priority=1_001)
            with pytest.raises(InvalidInput, match="deadline"):
                await stratum.start(agent, number=1, deadline=timedelta(0))
            with pytest.raises(UnknownAgent, match="agent"):
                await stratum.start("nobody")
            assert await stratum.list() == []
            handle = await stratum.start(agent, input={"number": 1, "id": "Ω"})
            assert await handle.result() == "1Ω"
            for name in ("", "nul\x00"):
                with pytest.raises(InvalidInput):
                    await handle.signal(name)

    async def test_a_run_can_be_started_later(self, store_url: str) -> None:
        """It waits in the store until its time has come."""
        app = App("later")

        @app.agent()
        async def agent(run: Run) -> str:
            return run.now().isoformat()

        async with working(app, store_url) as stratum:
            at = datetime.fromtimestamp(SystemClock().now() / 1000, UTC) + timedelta(milliseconds=300)
            handle = await stratum.start(agent, at=at)
            assert (await handle.status()).status is Status.WAITING
            assert datetime.fromisoformat(await handle.result()) >= at - timedelta(milliseconds=1)

    async def test_higher_priority_goes_first_and_equals_go_in_order(self, store_url: str) -> None:
        """Among the runs that are ready when a worker comes."""
        app, order = App("priority"), list[str]()

        @app.agent()
        async def agent(run: Run, name: str) -> None:
            order.append(name)
            await run.step("act", lambda: None)

        async with app.open(store_url) as stratum:
            for number in range(3):
                await stratum.start(agent, id=f"low-{number}", name=f"low-{number}", priority=-1)
            for number in range(3):
                await stratum.start(agent, id=f"high-{number}", name=f"high-{number}", priority=5)
            async with stratum.worker(**QUICK, runs_max=1):
                await stratum.handle("low-2").result()
        assert order == ["high-0", "high-1", "high-2", "low-0", "low-1", "low-2"]

    async def test_a_tenant_with_a_thousand_runs_does_not_hold_up_one_with_three(self, store_url: str) -> None:
        """Slots go round among tenants."""
        app, order = App("fair"), list[str]()

        @app.agent()
        async def agent(run: Run) -> None:
            order.append(run.tenant)

        async with app.open(store_url) as stratum:
            many, few = stratum.tenant("many"), stratum.tenant("few")
            await asyncio.gather(*(many.start(agent) for _ in range(1_000)))
            handles = await asyncio.gather(*(few.start(agent) for _ in range(3)))
            async with stratum.worker(**QUICK, runs_max=8):
                await asyncio.gather(*(handle.result() for handle in handles))
        assert order.index("few") < 20
        assert len(order) < 200

    async def test_tenants_do_not_see_each_others_runs(self, store_url: str) -> None:
        """Not by handle, by list, by signal nor by id."""
        app = App("tenants")

        @app.agent()
        async def agent(run: Run, who: str) -> str:
            return who + run.tenant + str(await run.wait("go"))

        async with working(app, store_url) as stratum:
            one, two = stratum.tenant("one"), stratum.tenant("two")
            first, second = await one.start(agent, id="same", who="1"), await two.start(agent, id="same", who="2")
            third = await one.start(agent, id="third", who="3")
            stranger = two.handle("third")
            for ask in (stranger.status, stranger.history, stranger.result, stranger.cancel):
                with pytest.raises(UnknownRun):
                    await ask()
            with pytest.raises(UnknownRun):
                await stranger.signal("go")
            assert [row.id for row in await two.list()] == ["same"]
            await first.signal("go", "A")
            await second.signal("go", "B")
            await third.signal("go", "C")
            assert [await h.result() for h in (first, second, third)] == ["1oneA", "2twoB", "3oneC"]


class WorkersSuite:
    """Workers come and go; a run is executed by one of them at a time, and none of it is lost."""

    async def test_a_worker_that_leaves_finishes_its_step_and_hands_the_run_on(self, store_url: str) -> None:
        """The step in flight is recorded; the next is another worker's."""
        app, done, begun, hold = App("drain"), Counter[str](), asyncio.Event(), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> str:
            async def slow() -> None:
                begun.set()
                await hold.wait()
                done["slow"] += 1

            await run.step("slow", slow)
            await run.step("next", lambda: done.update(["next"]))
            return "done"

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with stratum.worker(**QUICK) as worker:
                await begun.wait()
                leaving = asyncio.create_task(worker.drain())
                await asyncio.sleep(0)
                hold.set()
                await leaving
            row = await handle.status()
            assert row.status is Status.READY
            assert row.losses == 0
            assert [event.key for event in await handle.history() if event.key] == ["slow"]
            async with stratum.worker(**QUICK):
                assert await handle.result() == "done"
        assert done == {"slow": 1, "next": 1}

    async def test_a_worker_that_leaves_renews_its_lease_until_the_last_step_is_done(self, store_url: str) -> None:
        """Nobody takes its runs over while it finishes."""
        app, done, begun, hold = App("lease"), Counter[str](), asyncio.Event(), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> str:
            async def slow() -> None:
                done["slow"] += 1
                begun.set()
                await hold.wait()

            await run.step("slow", slow)
            return "done"

        lively: dict[str, Any] = {**QUICK, "lease_ms": 300, "beat_seconds": 0.02}
        async with app.open(store_url) as stratum, stratum.worker(**lively) as first:
            handle = await stratum.start(agent)
            await begun.wait()
            leaving = asyncio.create_task(first.drain())
            async with stratum.worker(**lively):
                loop = asyncio.get_running_loop()
                end = loop.time() + 1.0
                await eventually(lambda: loop.time() > end)
                hold.set()
                await leaving
                assert await handle.result() == "done"
        assert done == {"slow": 1}

    async def test_a_worker_does_not_wait_for_a_retry_when_it_leaves(self, store_url: str) -> None:
        """Between two tries nothing is in flight."""
        app = App("backoff")

        @app.agent()
        async def agent(run: Run) -> None:
            def refuse() -> None:
                message = "refused"
                raise ConnectionError(message)

            await run.step("refuse", refuse)

        async def tried() -> bool:
            return any(event.kind == Kind.ATTEMPT for event in await handle.history())

        patient = dict(QUICK, drain_seconds=60.0)
        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with asyncio.timeout(20), stratum.worker(**patient):
                await eventually(tried)
            await handle.cancel()

    async def test_a_step_that_is_cut_off_records_no_failure(self, store_url: str) -> None:
        """What a step raises because its worker goes away says nothing about the step."""
        app, tries = App("cut"), Counter[str]()

        @app.agent()
        async def agent(run: Run) -> str:
            async def awkward() -> str:
                tries["awkward"] += 1
                if tries["awkward"] > 1:
                    return "done"
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    message = "aborted"
                    raise ValueError(message) from None
                return "never"

            return await run.step("awkward", awkward)

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with stratum.worker(**dict(QUICK, drain_seconds=0.05)):
                await eventually(lambda: tries["awkward"])
            async with stratum.worker(**QUICK):
                assert await handle.result() == "done"

    async def test_a_dead_workers_runs_go_on_when_its_lease_ends(self, store_url: str) -> None:
        """Nobody has to notice or to do anything."""
        app, hold = App("dead"), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> str:
            await run.step("begin", lambda: None)
            await run.step("hold", hold.wait)
            return "done"

        lively: dict[str, Any] = {**QUICK, "lease_ms": 200, "beat_seconds": 0.05}
        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            async with DoomedWorker(stratum, **lively) as doomed:
                await recorded(handle, "begin")
                doomed.die()
            hold.set()
            async with stratum.worker(**lively):
                assert await handle.result() == "done"
            assert (await handle.status()).epoch == 2

    async def test_a_zombie_changes_nothing(self, store_url: str) -> None:
        """A worker that stood still past its lease wakes up, finds its runs taken over, and writes nothing."""
        app, hold, done = App("zombie"), asyncio.Event(), Counter[str]()

        @app.agent()
        async def agent(run: Run, number: int) -> str:
            async def act() -> None:
                done[f"act-{number}"] += 1
                if done[f"act-{number}"] == 1:
                    await hold.wait()

            await run.step("act", act)
            await run.memory.unseen("paper", [str(number)], key=str)
            await run.step("next", lambda: done.update([f"next-{number}"]), done=Done("other", str(number)))
            return "done"

        lively: dict[str, Any] = {**QUICK, "lease_ms": 200, "beat_seconds": 0.05}
        async with app.open(store_url) as stratum, DoomedWorker(stratum, **lively) as zombie:
            handles = [await stratum.start(agent, number=number) for number in range(5)]
            await eventually(lambda: len(done) == 5)
            old = zombie.worker.id
            zombie.store.freeze()
            async with stratum.worker(**lively):
                assert {await handle.result() for handle in handles} == {"done"}
            before = [(await handle.status(), await handle.history()) for handle in handles]
            hold.set()
            await asyncio.sleep(0)
            zombie.store.thaw()
            await eventually(lambda: zombie.worker.busy == 0)
            await eventually(lambda: zombie.worker.id != old, what="the zombie begins anew")
            assert [(await handle.status(), await handle.history()) for handle in handles] == before
        assert done == {f"act-{n}": 2 for n in range(5)} | {f"next-{n}": 1 for n in range(5)}

    async def test_a_run_that_kills_its_workers_is_set_aside(self, store_url: str) -> None:
        """Others go on; a person looks at it."""
        app, begun = App("poison"), Counter[str]()

        @app.agent()
        async def agent(run: Run) -> None:
            await run.step("fine", lambda: None)
            begun["agent"] += 1
            await run.step("hang", asyncio.Event().wait)

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            for number in range(3):
                async with DoomedWorker(stratum, **QUICK, losses_max=3) as doomed:
                    await eventually(partial(_more_than, begun, "agent", number))
                    doomed.die()
                await doomed.bury()
            async with stratum.worker(**QUICK, losses_max=3):
                await settled(handle, Status.PARKED)
                assert "3 workers" in str((await handle.status()).reason)
                await handle.cancel()
                with pytest.raises(RunCancelled):
                    await handle.result()

    async def test_a_run_that_gets_on_is_no_poison_however_many_workers_it_loses(self, store_url: str) -> None:
        """Losses count in a row only, without any progress between."""
        app, hold = App("unlucky"), asyncio.Event()

        @app.agent()
        async def agent(run: Run) -> str:
            for number in range(6):
                await run.step("act", str, number)
                if not hold.is_set() and (await handle.status()).epoch == number + 1:
                    await asyncio.Event().wait()
            return "done"

        async with app.open(store_url) as stratum:
            handle = await stratum.start(agent)
            for number in range(5):
                async with DoomedWorker(stratum, **QUICK, losses_max=2) as doomed:
                    await recorded(handle, "act" if number == 0 else f"act#{number + 1}")
                    doomed.die()
                await doomed.bury()
            hold.set()
            async with stratum.worker(**QUICK, losses_max=2):
                assert await handle.result() == "done"

    async def test_a_sleeping_run_leaves_nothing_in_memory(
        self, store_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No task, no execution, and nothing that its code held."""
        monkeypatch.setattr(execution_module, "HOLD_MS", 0)
        app, held = App("memory"), list["weakref.ref[Any]"]()

        class Heavy:
            pass

        @app.agent()
        async def agent(run: Run) -> None:
            heavy = Heavy()
            held.extend([weakref.ref(heavy), weakref.ref(run)])
            await run.step("lambda", lambda: str(heavy))
            await run.gather(run.sleep(timedelta(days=1)), run.wait("never"))

        async with app.open(store_url) as stratum, stratum.worker(**QUICK) as worker:
            handles = [await stratum.start(agent) for _ in range(20)]
            for handle in handles:
                await settled(handle, Status.WAITING)
            await eventually(lambda: worker.busy == 0)
            await asyncio.sleep(0)
            gc.collect()
            names = {task.get_name() for task in asyncio.all_tasks()}
            assert not [name for name in names if any(handle.id in name for handle in handles)]
            assert len(held) == 40
            assert [ref() for ref in held if ref() is not None] == []

    async def test_two_workers_share_the_work_and_do_nothing_twice(
        self, store_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each run is executed by one of them, and none waits for a poll: whoever has room looks by itself."""
        monkeypatch.setattr(worker_module, "_POLL_SECONDS", 600.0)
        app, done = App("two"), Counter[str]()

        @app.agent()
        async def agent(run: Run, number: int) -> int:
            for name in (f"{number}-a", f"{number}-b", f"{number}-c"):
                await run.step("act", count, name)
            return number

        def count(name: str) -> None:
            done[name] += 1

        few: dict[str, Any] = {**QUICK, "runs_max": 2}
        async with app.open(store_url) as one, app.open(store_url) as two, one.worker(**few), two.worker(**few):
            handles = [await one.start(agent, number=number) for number in range(60)]
            assert [await handle.result() for handle in handles] == list(range(60))
        assert set(done.values()) == {1}
        assert len(done) == 180

    async def test_work_that_was_claimed_is_free_again_when_its_run_fails(self, store_url: str) -> None:
        """Done with its step or its run, released otherwise; another run's claim is respected."""
        app = App("claims")

        @app.agent()
        async def agent(run: Run, papers: list[str], fail: bool = False) -> list[str]:  # noqa: FBT001, FBT002 - an agent's input is JSON
            fresh = await run.memory.unseen("paper", papers, key=lambda paper: paper.split("="))
            for paper in fresh[:1]:
                await run.step("read", str, paper, done=Done("paper", paper.split("="), detail={"of": paper}))
            if fail:
                message = "out of paper"
                raise RuntimeError(message)
            return fresh

        @app.agent()
        async def recalls(run: Run) -> dict[str, Any]:
            return await run.memory.known("paper", ["a", "doi:a", "b", "c"])

        async with working(app, store_url) as stratum:
            with pytest.raises(RunFailed):
                await (await stratum.start(agent, papers=["a=doi:a", "b", "c"], fail=True)).result()
            assert await (await stratum.start(agent, papers=["doi:a", "b", "b"])).result() == ["b"]
            assert await (await stratum.start(agent, papers=["a", "b", "c"])).result() == ["c"]
            assert await (await stratum.tenant("other").start(agent, papers=["a"])).result() == ["a"]
            assert await (await stratum.start(recalls)).result() == {
                "a": {"of": "a=doi:a"},
                "doi:a": {"of": "a=doi:a"},
                "b": {"of": "b"},
                "c": {"of": "c"},
            }


def _more_than(counts: Counter[str], name: str, number: int) -> bool:
    return counts[name] > number
