"""Opening an app and working, in one line."""

from stratum import App, Run, Status
from stratum.testing.working import recorded, settled, working


async def test_a_test_can_wait_for_what_a_run_has_recorded_and_for_its_state(sqlite_url: str) -> None:
    app = App("working")

    @app.agent()
    async def agent(run: Run) -> str:
        await run.step("first", str, 1)
        return await run.wait("go", str)

    async with working(app, sqlite_url) as stratum:
        handle = await stratum.start(agent)
        assert (await recorded(handle, "first")).body == '"1"'
        await settled(handle, Status.WAITING)
        await handle.signal("go", "gone")
        assert await handle.result() == "gone"
