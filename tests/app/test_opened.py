"""An app on an open store: starting runs, finding them again, one tenant at a time."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stratum import App, Handle, InvalidInput, Run, RunIdTaken, Status, UnknownAgent, UnknownRun
from stratum.kernel.clock import SystemClock
from stratum.testing.working import settled, working


class Counting:
    """An app that counts how often its agent ran."""

    def __init__(self) -> None:
        self.app = App("opened")
        self.ran: list[str] = []

        @self.app.agent()
        async def greet(run: Run, name: str = "you", key: str = "") -> str:
            self.ran.append(run.run_id)
            return f"Hello, {name}{key}!"

        @self.app.agent()
        async def other(run: Run, name: str = "you", key: str = "") -> None: ...

        self.greet, self.other = greet, other


async def test_starting_an_id_again_gives_the_same_run_also_after_its_end(store_url: str) -> None:
    counting = Counting()
    async with working(counting.app, store_url) as stratum:
        handles = await asyncio.gather(*(stratum.start(counting.greet, id="one", name="Ada") for _ in range(8)))
        assert {await handle.result() for handle in handles} == {"Hello, Ada!"}
        assert await (await stratum.start(counting.greet, id="one", name="Ada", priority=5)).result() == "Hello, Ada!"
        assert len(await stratum.list()) == 1
    assert counting.ran == ["one"]


async def test_an_id_that_belongs_to_another_input_or_agent_is_taken(store_url: str) -> None:
    counting = Counting()
    async with counting.app.open(store_url) as stratum:
        await stratum.start(counting.greet, id="one", name="Ada")
        with pytest.raises(RunIdTaken, match="'one'"):
            await stratum.start(counting.greet, id="one", name="Bob")
        with pytest.raises(RunIdTaken, match="'one'"):
            await stratum.start(counting.other, id="one", name="Ada")


async def test_without_an_id_each_start_is_a_run_of_its_own(store_url: str) -> None:
    counting = Counting()
    async with counting.app.open(store_url) as stratum:
        ids = {(await stratum.start(counting.greet)).id for _ in range(5)}
    assert len(ids) == 5
    assert all(run_id.startswith("run_") for run_id in ids)


async def test_an_agent_can_be_started_by_its_name(store_url: str) -> None:
    counting = Counting()
    async with working(counting.app, store_url) as stratum:
        handle: Handle[str] = await stratum.start("greet", name="Ada")
        assert await handle.result() == "Hello, Ada!"


async def test_arguments_that_are_named_like_options_go_into_the_input(store_url: str) -> None:
    counting = Counting()
    async with working(counting.app, store_url) as stratum:
        handle = await stratum.start(counting.greet, input={"key": "?"}, name="Ada")
        assert await handle.result() == "Hello, Ada?!"


async def test_an_unknown_agent_is_told_with_those_that_the_app_has(sqlite_url: str) -> None:
    counting = Counting()
    async with counting.app.open(sqlite_url) as stratum:
        with pytest.raises(UnknownAgent, match="no agent 'great'; it has: greet, other"):
            await stratum.start("great")
    async with App("empty").open(sqlite_url) as stratum:
        with pytest.raises(UnknownAgent, match="it has: none"):
            await stratum.start(counting.greet)


async def test_what_is_refused_at_the_door_starts_nothing(sqlite_url: str) -> None:
    counting = Counting()
    refused: list[dict[str, Any]] = [
        {"id": ""},
        {"id": "a\nb"},
        {"key": "a\n"},
        {"priority": 5_000},
        {"deadline": timedelta(0)},
        {"age": 3},
        {"name": 3},
    ]
    async with counting.app.open(sqlite_url) as stratum:
        for arguments in refused:
            with pytest.raises(InvalidInput):
                await stratum.start(counting.greet, **arguments)
        assert await stratum.list() == []


async def test_tenants_see_nothing_of_each_other(store_url: str) -> None:
    counting = Counting()
    async with working(counting.app, store_url) as stratum:
        acme, zeta = stratum.tenant("acme"), stratum.tenant("zeta")
        ours = await acme.start(counting.greet, id="one", name="Ada")
        theirs = await zeta.start(counting.greet, id="one", name="Bob")
        assert await ours.result() == "Hello, Ada!"
        assert await theirs.result() == "Hello, Bob!"
        await acme.start(counting.greet, id="two")
        with pytest.raises(UnknownRun):
            await zeta.handle("two").status()
        with pytest.raises(UnknownRun):
            await zeta.handle("two").cancel()
        assert {row.id for row in await acme.list()} == {"one", "two"}
        assert [row.id for row in await zeta.list()] == ["one"]
        assert await stratum.list() == []
    assert (acme.tenant_name, stratum.tenant_name) == ("acme", "default")


async def test_what_cannot_be_a_tenant_is_refused(sqlite_url: str) -> None:
    async with App("tenants").open(sqlite_url) as stratum:
        with pytest.raises(InvalidInput, match="cannot be a tenant"):
            stratum.tenant("Not A Tenant")


async def test_runs_are_listed_newest_first_by_state_and_by_agent(store_url: str) -> None:
    counting = Counting()
    async with working(counting.app, store_url) as stratum:
        later = datetime.now(UTC) + timedelta(days=1)
        for number in range(3):
            await (await stratum.start(counting.greet, id=f"done {number}")).result()
        await stratum.start(counting.greet, id="later", at=later)
        await stratum.start(counting.other, id="other", at=later)
        assert {row.id for row in await stratum.list()} == {"done 0", "done 1", "done 2", "later", "other"}
        assert [row.id for row in await stratum.list(status=Status.DONE)] == ["done 2", "done 1", "done 0"]
        assert [row.id for row in await stratum.list(agent="other")] == ["other"]
        assert [row.id for row in await stratum.list(agent="greet", status=Status.DONE, limit=1)] == ["done 2"]
        assert await stratum.list(agent="nobody") == []


@pytest.mark.parametrize("limit", [0, -1, 1_001])
async def test_a_list_of_a_length_out_of_range_is_refused(sqlite_url: str, limit: int) -> None:
    async with App("lists").open(sqlite_url) as stratum:
        with pytest.raises(InvalidInput, match="give 1 to 1000"):
            await stratum.list(limit=limit)


async def test_a_run_for_later_is_not_begun_before(store_url: str) -> None:
    counting = Counting()
    clock = SystemClock()
    async with working(counting.app, store_url) as stratum:
        due = datetime.fromtimestamp(clock.now() / 1000, UTC) + timedelta(milliseconds=700)
        handle = await stratum.start(counting.greet, at=due)
        far = await stratum.start(counting.greet, id="far", at=due + timedelta(days=1))
        assert (await handle.status()).status is Status.WAITING
        await settled(handle, Status.DONE)
        assert clock.now() >= due.timestamp() * 1000
        assert (await far.status()).status is Status.WAITING
    assert counting.ran == [handle.id]


async def test_a_run_for_a_moment_that_is_past_begins_at_once(store_url: str) -> None:
    counting = Counting()
    async with working(counting.app, store_url) as stratum:
        handle = await stratum.start(counting.greet, at=datetime(2020, 1, 1, tzinfo=UTC))
        assert await handle.result() == "Hello, you!"


async def test_the_digest_of_an_input_is_the_one_that_its_run_has(store_url: str) -> None:
    counting = Counting()
    async with counting.app.open(store_url) as stratum:
        handle = await stratum.start(counting.greet, name="Ada")
        assert stratum.input_hash("greet", {"name": "Ada"}) == (await handle.status()).input_hash
        with pytest.raises(UnknownAgent):
            stratum.input_hash("great", {})
        with pytest.raises(InvalidInput):
            stratum.input_hash("greet", {"age": 3})
