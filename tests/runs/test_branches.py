"""Branches that end early. The suite of branches has the rest."""

import asyncio
from collections import Counter

import pytest

from stratum import App, Run, RunCancelled, RunFailed, Status, StepError
from stratum.testing.working import QUICK, recorded, settled, working


async def test_cleanup_in_a_branch_may_take_its_time(store_url: str) -> None:
    """Cancelling a parent does not cut short what its branches do to clean up."""
    app, done = App("patient"), Counter[str]()

    @app.agent()
    async def agent(run: Run) -> None:
        async def slow() -> None:
            await asyncio.wait({asyncio.get_running_loop().create_future()}, timeout=1.2)
            done["undo"] += 1

        async def branch() -> None:
            try:
                await run.wait("never")
            finally:
                await run.step("undo", slow)

        await run.gather(run.gather(branch()), branch())

    async with working(app, store_url) as stratum:
        handle = await stratum.start(agent)
        await settled(handle, Status.WAITING)
        await handle.cancel()
        with pytest.raises(RunCancelled):
            await handle.result()
    assert done == {"undo": 2}


async def test_branches_that_never_began_are_not_missed_by_a_replay(store_url: str) -> None:
    app, done = App("limit"), Counter[str]()

    @app.agent()
    async def agent(run: Run) -> str:
        async def each(run: Run, number: int) -> int:
            return await run.step("divide", divide, number)

        def divide(number: int) -> int:
            done[str(number)] += 1
            return 1 // number

        try:
            await run.map(each, [1, 0, 2, 3, 4, 5], limit=2)
        except StepError as error:
            await run.wait("go")
            return error.kind
        return ""

    async with app.open(store_url) as stratum:
        handle = await stratum.start(agent)
        async with stratum.worker(**QUICK):
            await settled(handle, Status.WAITING)
        async with stratum.worker(**QUICK):
            await handle.signal("go")
            assert await handle.result() == "invalid_request"
    assert done["0"] == 1


async def test_the_error_of_the_first_to_end_is_the_error_of_all(store_url: str) -> None:
    app = App("loses")

    @app.agent()
    async def agent(run: Run) -> int:
        return await run.first(run.step("broken", lambda: 1 // 0), run.wait("never"))

    async with working(app, store_url) as stratum:
        handle = await stratum.start(agent)
        with pytest.raises(RunFailed, match="ZeroDivisionError"):
            await handle.result()
        assert (await recorded(handle, "first")).body == "0"
