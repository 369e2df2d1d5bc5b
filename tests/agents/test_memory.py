"""What a run remembers: work is claimed, done or free again together with what the run records."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from stratum import App, Done, Handle, Run, RunCancelled, RunFailed, Status, Stratum
from stratum.agents.memory import DETAIL_CHARS_MAX, KEYS_MAX
from stratum.testing.killing import DoomedWorker
from stratum.testing.working import QUICK, settled, working


class Shelf:
    """An app whose agents handle items: each item is its keys, written ``a=b``."""

    def __init__(self) -> None:
        self.app = App("shelf")
        self.handled: Counter[str] = Counter()

        @self.app.agent()
        async def handle(run: Run, items: list[str], then: str = "") -> list[str]:
            fresh = await run.memory.unseen("item", items, key=keys_of)
            for item in fresh:
                done = Done("item", keys_of(item), {"by": run.run_id}) if then == "finish" else ()
                await run.step("handle", self.note, item, done=done)
            if then == "fail":
                message = "on purpose"
                raise ValueError(message)
            if then == "wait":
                await run.wait("go", str)
            return fresh

        @self.app.agent()
        async def ask(run: Run, keys: list[str]) -> dict[str, Any]:
            return await run.memory.known("item", keys)

        self.handle, self.ask = handle, ask

    def note(self, item: str) -> None:
        """Handle an item."""
        self.handled[item] += 1

    async def run(self, stratum: Stratum, *items: str, then: str = "") -> list[str]:
        """Handle items in a run, and return those that were new."""
        return await (await stratum.start(self.handle, items=list(items), then=then)).result()

    async def known(self, stratum: Stratum, *keys: str) -> dict[str, Any]:
        return await (await stratum.start(self.ask, keys=list(keys))).result()


def keys_of(item: str) -> list[str]:
    return item.split("=")


async def cancel(handle: Handle[Any]) -> None:
    await settled(handle, Status.WAITING)
    await handle.cancel("enough")
    with pytest.raises(RunCancelled):
        await handle.result()


async def test_what_a_run_has_handled_no_other_run_gets(store_url: str) -> None:
    shelf = Shelf()
    async with working(shelf.app, store_url) as stratum:
        assert await shelf.run(stratum, "a", "b") == ["a", "b"]
        assert await shelf.run(stratum, "b", "c", "a") == ["c"]
        assert await shelf.run(stratum, "a", "b", "c") == []
    assert shelf.handled == {"a": 1, "b": 1, "c": 1}


async def test_items_with_a_key_in_common_are_the_same_work(store_url: str) -> None:
    shelf = Shelf()
    async with working(shelf.app, store_url) as stratum:
        assert await shelf.run(stratum, "a=x", "b=x", "b") == ["a=x"]
        assert await shelf.run(stratum, "x=y", "b", "a") == ["b"]


async def test_each_kind_of_work_and_each_tenant_has_a_memory_of_its_own(store_url: str) -> None:
    shelf = Shelf()

    @shelf.app.agent()
    async def otherwise(run: Run) -> list[str]:
        return await run.memory.unseen("another kind", ["a"], key=keys_of)

    async with working(shelf.app, store_url) as stratum:
        await shelf.run(stratum, "a")
        assert await (await stratum.start(otherwise)).result() == ["a"]
        assert await shelf.run(stratum.tenant("acme"), "a") == ["a"]


async def test_the_detail_of_done_work_is_found_under_each_of_its_keys(store_url: str) -> None:
    shelf = Shelf()
    async with working(shelf.app, store_url) as stratum:
        handle = await stratum.start(shelf.handle, items=["a=x"], then="finish", id="doer")
        await handle.result()
        await shelf.run(stratum, "b")
        assert await shelf.known(stratum, "x", "a", "nobody", "b", "x") == {
            "x": {"by": "doer"},
            "a": {"by": "doer"},
            "b": None,
        }


async def test_what_is_claimed_and_not_done_is_not_known(store_url: str) -> None:
    shelf = Shelf()
    async with working(shelf.app, store_url) as stratum:
        holder = await stratum.start(shelf.handle, items=["a"], then="wait")
        await settled(holder, Status.WAITING)
        assert await shelf.known(stratum, "a") == {}
        assert await shelf.run(stratum, "a", "b") == ["b"]
        await holder.signal("go", "")
        assert await holder.result() == ["a"]
        assert await shelf.known(stratum, "a") == {"a": None}


async def test_a_run_that_asks_again_gets_what_it_holds_itself_and_has_not_done(store_url: str) -> None:
    shelf = Shelf()

    @shelf.app.agent()
    async def twice(run: Run) -> list[list[str]]:
        first = await run.memory.unseen("item", ["a", "b"], key=keys_of)
        await run.step("handle", shelf.note, "a", done=Done("item", "a"))
        return [first, await run.memory.unseen("item", ["a", "b", "c"], key=keys_of)]

    async with working(shelf.app, store_url) as stratum:
        assert await (await stratum.start(twice)).result() == [["a", "b"], ["b", "c"]]


async def test_a_failed_run_frees_what_it_claimed_but_not_what_a_step_has_done(store_url: str) -> None:
    shelf = Shelf()

    @shelf.app.agent()
    async def half(run: Run) -> None:
        await run.memory.unseen("item", ["a", "b"], key=keys_of)
        await run.step("handle", shelf.note, "a", done=Done("item", "a"))
        message = "on purpose"
        raise ValueError(message)

    async with working(shelf.app, store_url) as stratum:
        with pytest.raises(RunFailed):
            await (await stratum.start(half)).result()
        assert await shelf.run(stratum, "a", "b") == ["b"]


async def test_a_cancelled_run_frees_what_it_claimed(store_url: str) -> None:
    shelf = Shelf()
    async with working(shelf.app, store_url) as stratum:
        await cancel(await stratum.start(shelf.handle, items=["a", "b"], then="wait"))
        assert await shelf.run(stratum, "b", "a") == ["b", "a"]


async def test_a_run_cancelled_while_no_worker_is_there_frees_what_it_claimed(store_url: str) -> None:
    shelf = Shelf()
    async with shelf.app.open(store_url) as stratum:
        async with stratum.worker(**QUICK):
            handle = await stratum.start(shelf.handle, items=["a"], then="wait")
            await settled(handle, Status.WAITING)
        await handle.cancel()
        async with stratum.worker(**QUICK):
            with pytest.raises(RunCancelled):
                await handle.result()
            assert await shelf.run(stratum, "a") == ["a"]


async def test_of_runs_that_race_for_the_same_items_each_item_goes_to_one(store_url: str) -> None:
    shelf = Shelf()
    items = [f"item {number}" for number in range(30)]
    async with shelf.app.open(store_url) as stratum, shelf.app.open(store_url) as other:
        runs = [
            await one.start(shelf.handle, items=items[place:] + items[:place], then="finish")
            for place, one in enumerate((stratum, other, stratum, other, stratum, other))
        ]
        async with stratum.worker(**QUICK), other.worker(**QUICK):
            got = await asyncio.gather(*(run.result() for run in runs))
    assert sorted(item for one in got for item in one) == sorted(items)
    assert shelf.handled == dict.fromkeys(items, 1)


async def test_a_run_that_is_killed_keeps_its_claims_and_goes_on_with_the_same_items(store_url: str) -> None:
    shelf = Shelf()
    async with shelf.app.open(store_url) as stratum:
        handle = await stratum.start(shelf.handle, items=["a", "b"], then="wait")
        async with DoomedWorker(stratum, **QUICK) as doomed:
            await settled(handle, Status.WAITING)
            doomed.die()
            await doomed.bury()
        async with stratum.worker(**QUICK):
            assert await shelf.run(stratum, "a", "b", "c") == ["c"]
            await handle.signal("go", "")
            assert await handle.result() == ["a", "b"]
    assert shelf.handled == {"a": 1, "b": 1, "c": 1}


async def test_a_step_that_fails_has_done_nothing(store_url: str) -> None:
    shelf = Shelf()

    @shelf.app.agent()
    async def broken(run: Run) -> None:
        def fail() -> None:
            message = "on purpose"
            raise ValueError(message)

        await run.step("fail", fail, done=Done("item", "a"))

    async with working(shelf.app, store_url) as stratum:
        with pytest.raises(RunFailed):
            await (await stratum.start(broken)).result()
        assert await shelf.known(stratum, "a") == {}
        assert await shelf.run(stratum, "a") == ["a"]


async def test_one_step_can_do_several_works_and_a_work_can_be_done_again(store_url: str) -> None:
    shelf = Shelf()

    @shelf.app.agent()
    async def several(run: Run, detail: int) -> None:
        await run.step("act", lambda: None, done=[Done("item", "a", detail), Done("item", ["b", "c"], [detail])])

    async with working(shelf.app, store_url) as stratum:
        for detail in (1, 2):
            await (await stratum.start(several, detail=detail)).result()
        assert await shelf.known(stratum, "a", "b", "c") == {"a": 2, "b": [2], "c": [2]}


async def test_too_many_keys_are_refused_with_what_to_do(sqlite_url: str) -> None:
    shelf = Shelf()
    keys = [str(number) for number in range(KEYS_MAX + 1)]
    async with working(shelf.app, sqlite_url) as stratum:
        for call in (shelf.known(stratum, *keys), shelf.run(stratum, *keys)):
            with pytest.raises(RunFailed, match=r"the most is 10,000. Ask in parts"):
                await call
    assert shelf.handled == {}


async def test_a_detail_that_is_too_long_is_refused_before_the_step_runs(sqlite_url: str) -> None:
    shelf = Shelf()

    @shelf.app.agent()
    async def wordy(run: Run) -> None:
        await run.step("handle", shelf.note, "a", done=Done("item", "a", "x" * DETAIL_CHARS_MAX))

    async with working(shelf.app, sqlite_url) as stratum:
        with pytest.raises(RunFailed, match=r"The detail of item 'a' has 65,538 characters; the most is 65,536"):
            await (await stratum.start(wordy)).result()
    assert shelf.handled == {}


async def test_a_key_that_is_named_twice_is_one_work(store_url: str) -> None:
    shelf = Shelf()
    async with working(shelf.app, store_url) as stratum:
        assert await shelf.run(stratum, "a=a", "b=b=b", then="finish") == ["a=a", "b=b=b"]
        assert sorted(await shelf.known(stratum, "a", "b", "b")) == ["a", "b"]
