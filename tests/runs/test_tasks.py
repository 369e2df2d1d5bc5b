"""Which task may use a run's handle."""

import asyncio

import pytest

from stratum.runs import Misused
from stratum.runs.tasks import Tasks


async def until_still() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_each_task_has_a_scope_of_its_own() -> None:
    tasks, seen = Tasks("run"), list[str]()

    async def work() -> None:
        seen.append(tasks.scope().path)
        with tasks.inner_scope("inner/"):
            seen.append(tasks.scope().path)
        seen.append(tasks.scope().path)

    for path in ("", "gather[0]/"):
        task = tasks.start(work(), path)
        await task
        assert tasks.forget(task) == path
    assert seen == ["", "inner/", "", "gather[0]/", "inner/", "gather[0]/"]


async def test_others_are_refused_and_told_whose_the_handle_is() -> None:
    tasks = Tasks("run")
    root = tasks.start(asyncio.Event().wait(), "")
    with pytest.raises(Misused, match=r"its own are: run\."):
        tasks.scope()
    with pytest.raises(Misused, match="no task at all"):
        await asyncio.to_thread(tasks.scope)
    assert tasks.step() is None
    assert await asyncio.to_thread(tasks.step) is None
    tasks.closed = True
    with pytest.raises(Misused, match="no longer executed"):
        tasks.scope()
    root.cancel()


async def test_a_task_inside_a_step_is_refused_until_the_step_is_over() -> None:
    tasks = Tasks("run")

    async def work() -> None:
        with tasks.inside_step("fetch"):
            assert tasks.step() == "fetch"
            with pytest.raises(Misused, match="'fetch'"):
                tasks.scope()
        assert tasks.step() is None
        assert tasks.scope().path == ""

    await tasks.start(work(), "")
    with pytest.raises(Misused), tasks.inside_step("fetch"):
        pass


async def test_branches_below_a_path_are_cancelled_once_and_others_not() -> None:
    tasks, cancelled = Tasks("run"), list[str]()

    async def work(path: str) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(path)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(f"{path} again")

    paths = ["", "a[0]/", "a[0]/b[0]/", "ab[0]/"]
    started = [tasks.start(work(path), path) for path in paths]
    await until_still()
    tasks.cancel_below("a[")
    tasks.cancel_below("a[")
    await until_still()
    assert cancelled == ["a[0]/", "a[0]/b[0]/"]
    tasks.nudge()
    await until_still()
    assert sorted(cancelled[2:]) == ["", "a[0]/ again", "a[0]/b[0]/ again", "ab[0]/"]
    tasks.nudge()
    await asyncio.gather(*started)
