"""Child runs: started with their parent's commit, awaited, failed, cancelled with it, detached."""

import pytest

from stratum import App, Run, RunCancelled, RunFailed, Status, StepError
from stratum.runs import ChildError
from stratum.testing.working import settled, working


class Family:
    """An app of parents and children."""

    def __init__(self) -> None:
        self.app = App("family")
        self.born: list[int] = []

        @self.app.agent()
        async def child(run: Run, number: int) -> int:
            return await run.step("work", self.work, number)

        @self.app.agent()
        async def waiting_child(run: Run) -> str:
            return await run.wait("go", str)

        @self.app.agent()
        async def parent(run: Run, numbers: list[int]) -> list[int]:
            children = [await run.start(child, number=number) for number in numbers]
            return [await one.result() for one in children]

        @self.app.agent()
        async def forgiving(run: Run) -> str:
            one = await run.start(child, number=-1)
            try:
                await one.result()
            except StepError as error:
                return f"{type(error).__name__} {error.kind}"
            return "no error"

        @self.app.agent()
        async def keeper(run: Run, detach: bool) -> str:  # noqa: FBT001 - an agent's input is JSON
            one = await run.start(waiting_child, id=f"{run.run_id}-child", detach=detach)
            await run.wait("never", str)
            return one.id

        self.child, self.parent, self.forgiving, self.keeper = child, parent, forgiving, keeper

    async def work(self, number: int) -> int:
        """Return the number, unless it is negative."""
        self.born.append(number)
        if number < 0:
            message = "not yet born"
            raise ValueError(message)
        return number


async def test_a_parent_gets_the_results_of_its_children_and_each_worked_once(store_url: str) -> None:
    family = Family()
    async with working(family.app, store_url) as stratum:
        run = await stratum.start(family.parent, numbers=[3, 1, 2])
        assert await run.result() == [3, 1, 2]
        rows = await stratum.runs.children("default", run.id)
    assert sorted(family.born) == [1, 2, 3]
    assert {(row.parent, row.root, row.status) for row in rows} == {(run.id, run.id, Status.DONE)}


async def test_a_child_that_fails_is_an_error_that_can_be_caught(store_url: str) -> None:
    family = Family()
    async with working(family.app, store_url) as stratum:
        run = await stratum.start(family.forgiving)
        assert await run.result() == f"{ChildError.__name__} child_failed"


async def test_a_cancelled_parent_takes_its_children_down_but_not_detached_ones(store_url: str) -> None:
    family = Family()
    async with working(family.app, store_url) as stratum:
        for detach, ends in ((False, Status.CANCELLED), (True, Status.WAITING)):
            run = await stratum.start(family.keeper, detach=detach, id=f"keeper-{detach}")
            child = stratum.handle(f"{run.id}-child")
            await settled(run, Status.WAITING)
            await settled(child, Status.WAITING)
            await run.cancel("enough")
            with pytest.raises(RunCancelled):
                await run.result()
            await settled(child, ends)


async def test_a_child_whose_id_belongs_to_another_run_fails_the_call_and_starts_nothing(store_url: str) -> None:
    family = Family()

    @family.app.agent()
    async def clumsy(run: Run) -> None:
        await run.start(family.child, number=1, id="taken")

    async with working(family.app, store_url) as stratum:
        taken = await stratum.start(family.child, number=7, id="taken")
        assert await taken.result() == 7
        with pytest.raises(RunFailed, match="taken"):
            await (await stratum.start(clumsy)).result()
    assert family.born == [7]


async def test_the_end_of_a_detached_child_cannot_be_awaited(store_url: str) -> None:
    family = Family()

    @family.app.agent()
    async def curious(run: Run) -> int:
        one = await run.start(family.child, number=1, detach=True)
        return await one.result()

    async with working(family.app, store_url) as stratum:
        with pytest.raises(RunFailed, match="detached"):
            await (await stratum.start(curious)).result()
