"""One commit: a journal's append meets what other capabilities keep of it."""

import asyncio
from collections.abc import Sequence
from typing import Any, NoReturn

import pytest

from stratum import App, Handle, InvalidInput, Run, Status, Stratum
from stratum.agents import commit_each
from stratum.memory import Works, claim, look_up
from stratum.runs import Append, Draft, Event, Fenced, Kind, Part, PartItem
from stratum.runs.records import Fence, Release
from stratum.store import Tx
from stratum.testing.waiting import eventually
from stratum.testing.working import working

PARTS: list[list[tuple[str, Any]]] = []


def note(tx: Tx, items: Sequence[PartItem]) -> None:
    """A part that writes down for whom it was called."""
    PARTS.append(sorted((item.run_id, item.payload) for item in items))


def refuse(tx: Tx, items: Sequence[PartItem]) -> NoReturn:
    """A part that writes nothing."""
    message = f"{items[0].run_id} does not fit"
    raise InvalidInput(message)


class Held:
    """Runs that a worker of the test's own holds, without executing them."""

    def __init__(self, stratum: Stratum) -> None:
        self._stratum = stratum
        self.fences: dict[str, Fence] = {}

    async def history(self, run_id: str) -> list[Event]:
        return await self._stratum.handle(run_id).history()

    def append(self, run_id: str, *parts: Part, fence: Fence | None = None, release: Release | None = None) -> Append:
        draft = Draft(Kind.STEP, "act", 0, "h", "null")
        return Append(fence or self.fences[run_id], 1, (draft,), parts=parts, release=release)

    async def commit(self, append: Append) -> int:
        answer: int = await self._stratum.store.write_each(commit_each, append, tenants=(append.fence.tenant,))
        return answer

    async def commit_together(self, *appends: Append) -> list[int | BaseException]:
        return await self._stratum.store.write(commit_each, list(appends), tenants=("default",))


def staying() -> App:
    app = App("commit")

    @app.agent()
    async def stay(run: Run) -> None:
        await run.step("hold", asyncio.Event().wait)

    assert set(app.agents) == {stay.name}
    return app


async def hold(stratum: Stratum, *ids: str) -> Held:
    """Have a worker claim runs, and return what it holds."""
    held = Held(stratum)
    for run_id in ids:
        handle: Handle[Any] = await stratum.start("stay", id=run_id)

        async def running() -> bool:
            return (await handle.status()).status is Status.RUNNING  # noqa: B023 - called before the loop goes on

        await eventually(running, what=f"{run_id} is running")
        row = await handle.status()
        assert row.worker is not None
        held.fences[run_id] = Fence(row.tenant, row.id, row.worker, row.epoch)
    return held


@pytest.fixture(autouse=True)
def no_parts() -> None:
    PARTS.clear()


async def test_parts_run_once_for_all_the_runs_of_a_batch_whose_fence_held(store_url: str) -> None:
    async with working(staying(), store_url, drain_seconds=0.1) as stratum:
        held = await hold(stratum, "a", "b", "c")
        stale = held.fences["b"]._replace(epoch=held.fences["b"].epoch - 1)
        answers = await held.commit_together(
            held.append("a", Part(note, 1), Part(note, 2)),
            held.append("b", Part(note, 3), fence=stale),
            held.append("c", Part(note, 4)),
        )
        assert [answers[0], answers[2]] == [2, 2]
        assert isinstance(answers[1], Fenced)
        assert PARTS == [[("a", 1), ("a", 2), ("c", 4)]]
        assert [len(await held.history(run_id)) for run_id in "abc"] == [2, 1, 2]


async def test_a_refused_part_takes_its_own_append_down_and_no_other(store_url: str) -> None:
    async with working(staying(), store_url, drain_seconds=0.1) as stratum:
        held = await hold(stratum, "a", "b", "c")
        answers = await asyncio.gather(
            held.commit(held.append("a", Part(note, 1))),
            held.commit(held.append("b", Part(refuse, 2))),
            held.commit(held.append("c")),
            return_exceptions=True,
        )
        assert [answers[0], answers[2]] == [2, 2]
        assert isinstance(answers[1], InvalidInput)
        assert [len(await held.history(run_id)) for run_id in "abc"] == [2, 1, 2]


@pytest.mark.parametrize(("status", "state"), [(Status.DONE, "done"), (Status.FAILED, None), (Status.CANCELLED, None)])
async def test_the_end_of_a_run_settles_what_it_claimed(store_url: str, status: Status, state: str | None) -> None:
    async with working(staying(), store_url, drain_seconds=0.1) as stratum:
        held = await hold(stratum, "a")
        await stratum.store.write(claim, [Works("default", "a", "paper", ("x",))], tenants=("default",))
        answers = await held.commit_together(held.append("a", release=Release(status)))
        found = await stratum.store.read(look_up, "default", "paper", ("x",), tenants=("default",))
    assert answers == [2]
    assert [work.state for work in found] == ([state] if state else [])


async def test_a_run_that_only_goes_to_sleep_keeps_what_it_claimed(store_url: str) -> None:
    async with working(staying(), store_url, drain_seconds=0.1) as stratum:
        held = await hold(stratum, "a")
        await stratum.store.write(claim, [Works("default", "a", "paper", ("x",))], tenants=("default",))
        await held.commit_together(held.append("a", release=Release(Status.WAITING)))
        found = await stratum.store.read(look_up, "default", "paper", ("x",), tenants=("default",))
    assert [(work.run_id, work.state) for work in found] == [("a", "claimed")]
