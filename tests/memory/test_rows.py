"""The transactions of memory, through the store of an opened app."""

from collections.abc import Sequence

import pytest

from stratum import App, Stratum
from stratum.memory import Known, Works, WorkTaken, claim, finish, known_to_others, look_up, settle


def works(run_id: str, *keys: str, detail: str | None = None, kind: str = "paper", tenant: str = "default") -> Works:
    return Works(tenant, run_id, kind, keys, detail)


class Memory:
    """The memory of a store, one transaction for each call."""

    def __init__(self, stratum: Stratum) -> None:
        self._store = stratum.store

    async def claim(self, *items: Works) -> None:
        await self._store.write(claim, items, tenants=_tenants(items))

    async def finish(self, *items: Works) -> None:
        await self._store.write(finish, items, tenants=_tenants(items))

    async def settle(self, done: Sequence[str] = (), stopped: Sequence[str] = ()) -> None:
        pairs = [[("default", run_id) for run_id in ids] for ids in (done, stopped)]
        await self._store.write(settle, pairs[0], pairs[1], tenants=("default",))

    async def others(self, asked: Works) -> set[str]:
        return await self._store.read(known_to_others, asked, tenants=(asked.tenant,))

    async def found(self, *keys: str, kind: str = "paper", tenant: str = "default") -> list[Known]:
        return await self._store.read(look_up, tenant, kind, keys, tenants=(tenant,))


def _tenants(items: Sequence[Works]) -> tuple[str, ...]:
    return tuple({item.tenant for item in items})


async def test_what_a_run_has_claimed_is_known_to_the_others_and_not_to_itself(store_url: str) -> None:
    async with App("memory").open(store_url) as stratum:
        memory = Memory(stratum)
        await memory.claim(works("one", "a", "b"))
        assert await memory.others(works("two", "a", "b", "c")) == {"a", "b"}
        assert await memory.others(works("one", "a", "b", "c")) == set()
        assert await memory.found("a", "c") == [Known("a", "one", "claimed", None)]


async def test_a_claim_can_be_made_again_by_the_same_run(store_url: str) -> None:
    async with App("memory").open(store_url) as stratum:
        memory = Memory(stratum)
        await memory.claim(works("one", "a"))
        await memory.claim(works("one", "a", "b"))
        assert [work.run_id for work in await memory.found("a", "b")] == ["one", "one"]


async def test_a_claim_of_what_another_run_holds_is_refused_and_claims_nothing(store_url: str) -> None:
    async with App("memory").open(store_url) as stratum:
        memory = Memory(stratum)
        await memory.claim(works("one", "b"))
        with pytest.raises(WorkTaken, match="paper 'b' was taken by another run"):
            await memory.claim(works("two", "a", "b", "c"))
        assert [work.work_key for work in await memory.found("a", "b", "c")] == ["b"]


async def test_of_two_runs_in_one_transaction_that_want_the_same_none_gets_it(store_url: str) -> None:
    async with App("memory").open(store_url) as stratum:
        memory = Memory(stratum)
        with pytest.raises(WorkTaken):
            await memory.claim(works("one", "a"), works("two", "a"))
        assert await memory.found("a") == []


async def test_done_work_is_known_to_all_with_what_its_doer_left(store_url: str) -> None:
    async with App("memory").open(store_url) as stratum:
        memory = Memory(stratum)
        await memory.claim(works("one", "a"))
        await memory.finish(works("one", "a", "b", detail='{"n":1}'))
        assert await memory.others(works("one", "a", "b")) == {"a", "b"}
        assert await memory.found("a", "b") == [
            Known("a", "one", "done", '{"n":1}'),
            Known("b", "one", "done", '{"n":1}'),
        ]
        with pytest.raises(WorkTaken):
            await memory.claim(works("one", "a"))


async def test_done_work_can_be_done_anew_by_another_run(store_url: str) -> None:
    async with App("memory").open(store_url) as stratum:
        memory = Memory(stratum)
        await memory.finish(works("one", "a", detail="1"))
        await memory.finish(works("two", "a", detail="2"))
        assert await memory.found("a") == [Known("a", "two", "done", "2")]


async def test_what_another_run_has_claimed_stays_its_own_when_somebody_finishes_it(store_url: str) -> None:
    async with App("memory").open(store_url) as stratum:
        memory = Memory(stratum)
        await memory.claim(works("one", "a"))
        await memory.finish(works("two", "a", detail="2"))
        assert await memory.found("a") == [Known("a", "one", "claimed", None)]


async def test_the_end_of_runs_finishes_or_frees_what_they_claimed(store_url: str) -> None:
    async with App("memory").open(store_url) as stratum:
        memory = Memory(stratum)
        await memory.claim(works("good", "a"), works("bad", "b", "c"), works("open", "d"))
        await memory.finish(works("bad", "c", detail="3"))
        await memory.settle(done=["good"], stopped=["bad", "nobody"])
        assert await memory.found("a", "b", "c", "d") == [
            Known("a", "good", "done", None),
            Known("c", "bad", "done", "3"),
            Known("d", "open", "claimed", None),
        ]


async def test_kinds_and_tenants_do_not_meet(store_url: str) -> None:
    async with App("memory").open(store_url) as stratum:
        memory = Memory(stratum)
        await memory.claim(works("one", "a"))
        await memory.claim(works("two", "a", kind="book"), works("two", "a", tenant="acme"))
        await memory.settle(stopped=["two"])
        assert await memory.found("a") == [Known("a", "one", "claimed", None)]
        assert await memory.found("a", kind="book") == []
        assert await memory.found("a", tenant="acme") == [Known("a", "two", "claimed", None)]


async def test_nothing_to_do_is_no_fault(store_url: str) -> None:
    async with App("memory").open(store_url) as stratum:
        memory = Memory(stratum)
        await memory.claim(works("one"))
        await memory.finish()
        await memory.settle()
        assert await memory.found() == []
