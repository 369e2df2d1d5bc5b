"""Streams out of steps: in order, never behind the step's own result, and void when the step is tried again."""

from datetime import timedelta

import pytest

from stratum import App, Retry, Run, RunFailed
from stratum.testing.working import working

QUICKLY = Retry(first=timedelta(milliseconds=1))


async def test_pieces_come_in_order_and_all_before_the_run_ends(store_url: str) -> None:
    app = App("words")

    @app.agent()
    async def say(run: Run, words: list[str]) -> int:
        async def speak() -> int:
            for word in words:
                run.emit(word)
            return len(words)

        return await run.step("speak", speak)

    async with working(app, store_url) as stratum:
        words = [f"word {number}" for number in range(50)]
        run = await stratum.start(say, words=words)
        pieces = [piece async for piece in run.stream()]
        assert [piece.value for piece in pieces] == words
        assert {piece.step for piece in pieces} == {"speak"}
        later = [piece.value async for piece in run.stream(after=pieces[39].seq)]
        assert later == words[40:]


async def test_what_a_step_records_is_never_seen_before_what_it_streamed(store_url: str) -> None:
    app = App("order")

    @app.agent()
    async def say(run: Run) -> int:
        async def speak() -> int:
            run.emit("said")
            return 1

        return await run.step("speak", speak)

    async with working(app, store_url) as stratum:
        for _ in range(20):
            run = await stratum.start(say)
            await run.result()
            assert [piece.value async for piece in run.stream()] == ["said"]


async def test_a_new_try_says_that_what_the_old_one_streamed_is_void(store_url: str) -> None:
    app = App("again")
    tries: list[int] = []

    @app.agent()
    async def say(run: Run) -> str:
        async def speak() -> str:
            tries.append(1)
            run.emit(f"try {len(tries)}")
            run.emit("more")
            if len(tries) == 1:
                raise ConnectionError
            return "done"

        return await run.step("speak", speak, retry=QUICKLY)

    async with working(app, store_url) as stratum:
        run = await stratum.start(say)
        pieces = [(piece.value, piece.restarts) async for piece in run.stream()]
    assert pieces == [("try 1", False), ("more", False), ("try 2", True), ("more", False)]


async def test_streaming_outside_of_a_step_or_too_much_is_an_error_that_says_so(store_url: str) -> None:
    app = App("wrong")

    @app.agent()
    async def outside(run: Run) -> None:
        run.emit("nobody hears")

    @app.agent()
    async def too_large(run: Run) -> None:
        async def speak() -> None:
            run.emit("x" * 70_000)

        await run.step("speak", speak)

    async with working(app, store_url) as stratum:
        with pytest.raises(RunFailed, match="inside an async step"):
            await (await stratum.start(outside)).result()
        with pytest.raises(RunFailed, match="cannot be streamed"):
            await (await stratum.start(too_large)).result()
