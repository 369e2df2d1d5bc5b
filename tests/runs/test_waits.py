"""Signals and who is handed them. The suite of waits has the rest."""

from datetime import timedelta

from stratum import App, Run
from stratum.testing.working import recorded, working


async def test_a_signal_goes_to_whoever_still_waits_for_it(store_url: str) -> None:
    app = App("hand on")

    @app.agent()
    async def agent(run: Run) -> list[str]:
        async def loser() -> str:
            return (
                await run.first(run.wait("never"), run.sleep(timedelta(milliseconds=20)), run.wait("word", str)) or ""
            )

        return await run.gather(loser(), run.wait("word", str))

    async with working(app, store_url) as stratum:
        handle = await stratum.start(agent)
        await recorded(handle, "gather[0]/first")
        await handle.signal("word", "for the second")
        assert await handle.result() == ["", "for the second"]


async def test_a_wait_that_lost_keeps_no_signal_from_later_ones(store_url: str) -> None:
    app = App("later")

    @app.agent()
    async def agent(run: Run) -> list[str]:
        first = await run.first(run.wait("word", str), run.wait("other", str))
        return [first, await run.wait("word", str)]

    async with working(app, store_url) as stratum:
        handle = await stratum.start(agent)
        await handle.signal("other", "a")
        await recorded(handle, "first")
        await handle.signal("word", "b")
        assert await handle.result() == ["a", "b"]


async def test_a_mark_in_a_scope_counts_there(store_url: str) -> None:
    app = App("marks")

    @app.agent()
    async def agent(run: Run) -> list[bool]:
        with run.scope("one"):
            first = run.changed("mark")
        return [first, run.changed("mark"), run.changed("mark")]

    async with working(app, store_url) as stratum:
        handle = await stratum.start(agent)
        assert await handle.result() == [True, True, True]
        keys = [event.key for event in await handle.history() if event.key]
    assert keys == ["one/changed mark", "changed mark", "changed mark#2"]
