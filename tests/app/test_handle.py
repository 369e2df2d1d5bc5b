"""One run seen from outside: what it gave, how it stands, and what can be told to it."""

import asyncio
from typing import Any, cast

import pytest
from pydantic import BaseModel

from stratum import App, InvalidInput, Kind, Run, RunCancelled, RunFailed, Status, Stratum, UnknownRun
from stratum.app.handle import outcome_error
from stratum.runs import Ended, Refused
from stratum.testing.working import settled, working


class Answer(BaseModel):
    number: int


def app_of_all() -> App:
    app = App("handles")

    @app.agent()
    async def answer(run: Run, number: int) -> Answer:
        return Answer(number=number)

    @app.agent()
    async def fail(run: Run) -> None:
        message = "on purpose"
        raise ValueError(message)

    @app.agent()
    async def wait(run: Run) -> list[Any]:
        return [await run.wait("go"), await run.wait("go")]

    assert set(app.agents) == {answer.name, fail.name, wait.name}
    return app


async def test_a_result_has_its_type_and_is_plain_json_by_a_handle_made_from_the_id(store_url: str) -> None:
    app = app_of_all()
    async with working(app, store_url) as stratum:
        handle = await stratum.start(app.agents["answer"], number=42)
        assert await handle.result() == Answer(number=42)
        assert await stratum.handle(handle.id).result() == {"number": 42}
        assert await handle.result() == Answer(number=42), "it can be asked again"


async def test_many_can_wait_for_one_result_and_one_that_gives_up_takes_it_from_nobody(store_url: str) -> None:
    app = app_of_all()
    async with working(app, store_url) as stratum:
        handle = await stratum.start(app.agents["wait"])
        waiting = [asyncio.create_task(handle.result()) for _ in range(3)]
        await settled(handle, Status.WAITING)
        waiting[0].cancel()
        await handle.signal("go", 1)
        await handle.signal("go", {"a": [None]})
        assert await asyncio.gather(*waiting[1:]) == [[1, {"a": [None]}]] * 2


async def test_a_failed_run_raises_its_cause_and_says_where_to_look(store_url: str) -> None:
    app = app_of_all()
    async with working(app, store_url) as stratum:
        handle = await stratum.start(app.agents["fail"], id="bad")
        with pytest.raises(RunFailed, match=r"Run bad failed: .*on purpose See `stratum show bad`") as caught:
            await handle.result()
    error = caught.value
    assert (error.run_id, error.cause, error.kind) == ("bad", "ValueError: on purpose", "invalid_request")


async def test_a_cancelled_run_raises_that_it_was(store_url: str) -> None:
    app = app_of_all()
    async with working(app, store_url) as stratum:
        handle = await stratum.start(app.agents["wait"], id="off")
        assert await handle.cancel("enough")
        with pytest.raises(RunCancelled, match="Run off was cancelled"):
            await handle.result()
        assert (await handle.status()).status is Status.CANCELLED
        assert "enough" in (await handle.history())[-1].body


async def test_a_run_that_has_ended_can_be_told_nothing(store_url: str) -> None:
    app = app_of_all()
    async with working(app, store_url) as stratum:
        handle = await stratum.start(app.agents["answer"], number=1)
        await handle.result()
        assert not await handle.signal("go")
        assert not await handle.cancel()
        with pytest.raises(Refused):
            await handle.resume()


async def test_the_same_signal_id_is_told_once(store_url: str) -> None:
    app = app_of_all()
    async with working(app, store_url) as stratum:
        handle = await stratum.start(app.agents["wait"])
        for _ in range(3):
            assert await handle.signal("go", "first", id="s-1")
        await handle.signal("go", "second", id="s-2")
        assert await handle.result() == ["first", "second"]


async def test_a_history_begins_with_the_start_and_ends_with_the_end(store_url: str) -> None:
    app = app_of_all()
    async with working(app, store_url) as stratum:
        handle = await stratum.start(app.agents["answer"], number=1)
        await handle.result()
        kinds = [event.kind for event in await handle.history()]
    assert (kinds[0], kinds[-1]) == (Kind.STARTED, Kind.DONE)


async def ask_all(stratum: Stratum, run_id: str) -> list[str]:
    """Return what each question about a run raises."""
    handle = stratum.handle(run_id)
    questions = (
        handle.result(),
        handle.status(),
        handle.history(),
        handle.signal("go"),
        handle.cancel(),
        handle.resume(),
    )
    answers = await asyncio.gather(*cast("Any", questions), return_exceptions=True)
    return [type(answer).__name__ for answer in answers]


async def test_a_run_that_does_not_exist_is_unknown_to_every_question(store_url: str) -> None:
    app = app_of_all()
    async with app.open(store_url) as stratum:
        assert await ask_all(stratum, "nobody") == [UnknownRun.__name__] * 6
        with pytest.raises(UnknownRun, match="nobody"):
            async for _ in stratum.handle("nobody").stream():
                pass


@pytest.mark.parametrize(("name", "id"), [("", None), ("a\nb", None), ("x" * 1_000, None), ("go", ""), ("go", "a\0")])
async def test_a_signal_that_cannot_be_named_so_is_refused(sqlite_url: str, name: str, id: str | None) -> None:
    async with app_of_all().open(sqlite_url) as stratum:
        with pytest.raises(InvalidInput, match="cannot be a signal's"):
            await stratum.handle("any").signal(name, id=id)


async def test_a_signal_that_is_not_json_is_refused(sqlite_url: str) -> None:
    async with app_of_all().open(sqlite_url) as stratum:
        with pytest.raises(InvalidInput):
            await stratum.handle("any").signal("go", object())


def test_an_end_with_an_unreadable_body_still_says_what_is_known() -> None:
    error = outcome_error(Ended("default", "r-1", Status.FAILED, '"odd"', "it broke"))
    assert isinstance(error, RunFailed)
    assert (error.cause, error.kind) == ("it broke", "unknown")
