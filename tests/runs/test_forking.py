"""Forks: what is taken over, what is edited, and what is refused."""

from typing import Any

import pytest

from stratum import App, Handle, InvalidInput, Run, RunIdTaken
from stratum.runs import Refused, Status
from stratum.testing.waiting import eventually
from stratum.testing.working import settled, working


class Sums:
    """An app whose steps are counted."""

    def __init__(self) -> None:
        self.app = App("sums")
        self.calls: list[tuple[int, int]] = []

        @self.app.agent()
        async def total(run: Run, start: int) -> int:
            found = await run.step("one", self.add, start, 1)
            found = await run.step("two", self.add, found, 10)
            return await run.step("three", self.add, found, 100)

        @self.app.agent()
        async def parent(run: Run, start: int) -> int:
            child = await run.start(total, start=start)
            await run.step("between", self.add, 0, 0)
            return await child.result()

        @self.app.agent()
        async def asking(run: Run) -> int:
            child = await run.start(waiting)
            await run.step("between", self.add, 0, 0)
            return await child.result()

        @self.app.agent()
        async def waiting(run: Run) -> int:
            return await run.wait("number", int)

        self.total, self.parent, self.asking = total, parent, asking

    async def add(self, left: int, right: int) -> int:
        """Add, and remember that it was asked."""
        self.calls.append((left, right))
        return left + right


async def test_a_fork_takes_over_what_was_recorded_before_the_step_and_does_the_rest(store_url: str) -> None:
    sums = Sums()
    async with working(sums.app, store_url) as stratum:
        run = await stratum.start(sums.total, start=1)
        assert await run.result() == 112
        sums.calls.clear()
        fork = await stratum.fork(run.id, step="two")
        assert await fork.result() == 112
        assert sums.calls == [(2, 10), (12, 100)]
        assert await run.result() == 112


async def test_a_fork_can_change_a_steps_arguments_its_result_or_the_input(store_url: str) -> None:
    sums = Sums()
    async with working(sums.app, store_url) as stratum:
        run = await stratum.start(sums.total, start=1)
        await run.result()
        sums.calls.clear()
        assert await (await stratum.fork(run.id, step="two", args=[1000, 1])).result() == 1101
        assert sums.calls == [(1000, 1), (1001, 100)]
        sums.calls.clear()
        assert await (await stratum.fork(run.id, step="two", result=5)).result() == 105
        assert sums.calls == [(5, 100)]
        assert await (await stratum.fork(run.id, step="one", input={"start": 7})).result() == 118


async def test_a_fork_of_a_whole_run_repeats_nothing(store_url: str) -> None:
    sums = Sums()
    async with working(sums.app, store_url) as stratum:
        run = await stratum.start(sums.total, start=1)
        await run.result()
        sums.calls.clear()
        assert await (await stratum.fork(run.id, id="again")).result() == 112
        assert sums.calls == []


async def test_a_fork_hears_of_children_that_have_ended_and_is_refused_while_one_has_not(store_url: str) -> None:
    sums = Sums()
    async with working(sums.app, store_url) as stratum:
        run = await stratum.start(sums.parent, start=1)
        assert await run.result() == 112
        assert await (await stratum.fork(run.id, step="between")).result() == 112

        open_run = await stratum.start(sums.asking)
        await settled(open_run, Status.WAITING)
        with pytest.raises(Refused, match="has not ended"):
            await stratum.fork(open_run.id, step="between")


async def test_edits_that_do_not_fit_are_refused(store_url: str) -> None:
    sums = Sums()
    async with working(sums.app, store_url) as stratum:
        run = await stratum.start(sums.total, start=1)
        await run.result()
        with pytest.raises(Refused, match="no step 'four'; it has: 'one', 'two', 'three'"):
            await stratum.fork(run.id, step="four")
        with pytest.raises(Refused, match="of a step"):
            await stratum.fork(run.id, args=[1])
        with pytest.raises(Refused, match="choose one"):
            await stratum.fork(run.id, step="two", args=[1, 2], result=3)
        with pytest.raises(InvalidInput, match="start"):
            await stratum.fork(run.id, input={"start": "many"})
        with pytest.raises(RunIdTaken):
            await stratum.fork(run.id, id=run.id)


async def test_arguments_that_do_not_fit_the_step_fail_the_fork_with_their_place(store_url: str) -> None:
    sums = Sums()
    async with working(sums.app, store_url) as stratum:
        run = await stratum.start(sums.total, start=1)
        await run.result()
        fork = await stratum.fork(run.id, step="two", args=["many", 1])
        await eventually(lambda: _ended(fork), what="the fork has ended")
        row = await fork.status()
        assert row.status is Status.FAILED
        assert row.reason is not None
        assert "argument 1 (left)" in row.reason


async def _ended(handle: Handle[Any]) -> bool:
    row = await handle.status()
    return row.ended_at is not None
