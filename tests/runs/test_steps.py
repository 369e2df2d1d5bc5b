"""Steps: what is decided before one begins, and how it waits between its tries. The suite of steps has the rest."""

from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import ClassVar

import pytest

from stratum import App, InvalidInput, Retry, Run, StepError, StratumError
from stratum.kernel.codec import decode
from stratum.kernel.errors import Disposition
from stratum.runs import Event, Kind
from stratum.testing.chance import ScriptedChance
from stratum.testing.waiting import eventually
from stratum.testing.working import QUICK, working


class Busy(StratumError):
    """A service that says how long to leave it alone."""

    code: ClassVar[str] = "busy"
    disposition = Disposition.RETRY
    retry_after_ms = 700


def pause_of(event: Event) -> int:
    body = decode(event.body)
    assert isinstance(body, dict)
    return int(str(body["next_at"])) - event.at


async def test_a_result_type_that_cannot_be_decoded_is_refused_before_the_step_begins(sqlite_url: str) -> None:
    app, done = App("types"), Counter[str]()

    class Opaque:
        pass

    def make() -> Opaque:
        done["make"] += 1
        return Opaque()

    @app.agent()
    async def agent(run: Run) -> str:
        with pytest.raises(InvalidInput, match="Opaque"):
            await run.step("make", make)
        return "refused"

    async with working(app, sqlite_url) as stratum:
        assert await (await stratum.start(agent)).result() == "refused"
    assert not done


async def test_a_sync_function_may_return_something_to_await(sqlite_url: str) -> None:
    app = App("awaitables")

    async def slow(number: int) -> int:
        return number

    def soon(number: int) -> Awaitable[int]:
        return slow(number)

    @app.agent()
    async def agent(run: Run) -> int:
        return await run.step("soon", soon, 7)

    async with working(app, sqlite_url) as stratum:
        assert await (await stratum.start(agent)).result() == 7


@pytest.mark.parametrize(("fraction", "least", "most"), [(0.5, 400, 600), (0.0, -100, 0)])
async def test_the_pause_between_tries_is_drawn_from_the_whole_range(
    sqlite_url: str, fraction: float, least: int, most: int
) -> None:
    app = App("jitter")

    def refuse() -> None:
        message = "refused"
        raise ConnectionError(message)

    @app.agent()
    async def agent(run: Run) -> None:
        await run.step("refuse", refuse, retry=Retry(attempts=2, first=timedelta(seconds=1)))

    async with app.open(sqlite_url, chance=ScriptedChance([fraction])) as stratum, stratum.worker(**QUICK):
        handle = await stratum.start(agent)

        async def tried() -> Event | None:
            return next((event for event in await handle.history() if event.kind == Kind.ATTEMPT), None)

        event = await eventually(tried)
        assert event is not None
        assert least <= pause_of(event) <= most
        await handle.cancel()


async def test_an_error_that_asks_for_a_pause_gets_at_least_that(sqlite_url: str) -> None:
    app = App("floor")

    def refuse() -> None:
        message = "busy"
        raise Busy(message)

    @app.agent()
    async def agent(run: Run) -> None:
        await run.step("refuse", refuse, retry=Retry(attempts=2, first=timedelta(milliseconds=1)))

    async with working(app, sqlite_url) as stratum:
        handle = await stratum.start(agent)

        async def tried() -> Event | None:
            return next((event for event in await handle.history() if event.kind == Kind.ATTEMPT), None)

        event = await eventually(tried)
        assert event is not None
        assert 600 <= pause_of(event) <= 700
        await handle.cancel()


async def test_a_timeout_of_nothing_is_refused(sqlite_url: str) -> None:
    app = App("timeout")

    @app.agent()
    async def agent(run: Run) -> str:
        with pytest.raises(InvalidInput, match="timeout"):
            await run.step("act", lambda: 1, timeout=timedelta(0))
        try:
            await run.step("odd", lambda: {1: object()})
        except StepError as error:
            return error.kind
        return ""

    async with working(app, sqlite_url) as stratum:
        assert await (await stratum.start(agent)).result() == "invalid_input"
