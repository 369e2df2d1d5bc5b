"""Looking at runs."""

from stratum import Status
from stratum.runs import Runs
from stratum.runs.records import Release
from stratum.runs.rows import lists
from tests.runs.rows.desk import Desk, adding


async def test_the_newest_runs_come_first_by_status_and_by_agent(desk: Desk) -> None:
    for number in range(3):
        await desk.start(f"run-{number}")
    fence = (await desk.take(1))["run-0"].run.fence
    await desk.append(adding(fence, 1, "1", release=Release(Status.DONE)))
    runs: Runs = desk.stratum.runs
    assert {row.id for row in await runs.rows("default")} == {"run-0", "run-1", "run-2"}
    assert [row.id for row in await runs.rows("default", status=Status.DONE)] == ["run-0"]
    assert await runs.rows("default", agent="nobody") == []
    assert await runs.rows("other") == []
    assert len(await runs.rows("default", most=2)) == 2


async def test_only_runs_that_have_ended_have_an_ending(desk: Desk) -> None:
    for name in ("one", "two"):
        await desk.start(name)
    fence = (await desk.take())["one"].run.fence
    await desk.append(adding(fence, 1, '"result"', release=Release(Status.DONE)))
    keys = [("default", name) for name in ("one", "two", "none")]
    found = await desk.stratum.store.read(lists.endings, keys, tenants=("default",))
    assert [(end.run_id, end.status, end.body) for end in found] == [("one", Status.DONE, '"result"')]
