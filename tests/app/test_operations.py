"""What those who look after a store ask of it."""

from stratum import App, Kind, Run
from stratum.app import operations
from stratum.app.capabilities import CAPABILITIES
from stratum.store import STORE_MIGRATIONS

app = App("operations")


@app.agent()
async def hello(run: Run) -> str:
    return await run.step("hello", str)


async def test_a_store_that_is_not_there_has_everything_to_come(store_url: str) -> None:
    schema = await operations.schema_of(store_url)
    assert schema == await operations.schema_of(store_url)
    assert schema.applied == ()
    assert schema.pending[0] == STORE_MIGRATIONS[0].label
    async with app.open(store_url) as stratum:
        assert stratum.migrated == schema.pending
    schema = await operations.schema_of(store_url)
    assert (len(schema.applied), schema.pending) == (len(stratum.migrated), ())


async def test_a_journal_is_read_behind_a_place(store_url: str) -> None:
    async with app.open(store_url) as stratum, stratum.worker():
        handle = await stratum.start(hello)
        await handle.result()
        kinds = [event.kind for event in await operations.events_after(stratum, handle.id, 0)]
        assert kinds == [Kind.STARTED, Kind.STEP, Kind.DONE]
        assert [event.seq for event in await operations.events_after(stratum, handle.id, 2)] == [3]
        assert await operations.events_after(stratum, handle.id, 3) == []
        assert await operations.events_after(stratum.tenant("other"), handle.id, 0) == []


async def test_an_agent_is_taken_while_a_worker_has_it(store_url: str) -> None:
    async with app.open(store_url) as stratum:
        assert not await operations.is_taken(stratum, "default", "hello")
        async with stratum.worker():
            assert await operations.is_taken(stratum, "default", "hello")
            assert not await operations.is_taken(stratum, "default", "other")
        assert not await operations.is_taken(stratum, "default", "hello")


async def test_a_store_is_asked_how_it_is(store_url: str) -> None:
    async with app.open(store_url) as stratum:
        await stratum.start(hello)
        assert (await operations.ask_vitals(stratum)).engine in {"sqlite", "postgres"}
        assert await operations.ask_count(stratum) == 1
        await operations.try_writing(stratum)
        for check in operations.all_checks():
            look = await operations.look(stratum, check, None)
            assert look.after is None


def test_the_checks_are_those_of_the_capabilities() -> None:
    assert operations.all_checks() == [check for capability in CAPABILITIES for check in capability.checks]
    assert operations.all_checks()
