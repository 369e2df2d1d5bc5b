"""What others tell a run."""

from stratum import Status
from stratum.runs.records import Release
from stratum.runs.rows import inbox
from tests.runs.rows.desk import Desk, adding


async def test_a_waiting_run_wakes_when_it_is_told_something(desk: Desk) -> None:
    handle = await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    await desk.append(adding(fence, 1, release=Release(Status.WAITING, wake_at=1 << 50)))
    assert await desk.take() == {}
    assert await handle.signal("news", "π")
    claim = (await desk.take())["one"]
    assert [(item.seq, item.name, item.body) for item in claim.inbox] == [(1, "news", '"π"')]
    assert (await desk.look()).next_due is None


async def test_only_a_cancellation_wakes_a_parked_run(desk: Desk) -> None:
    handle = await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    await desk.append(adding(fence, 1, "1", release=Release(Status.PARKED)))
    assert await handle.signal("news")
    assert (await handle.status()).status is Status.PARKED
    assert await handle.cancel()
    assert (await handle.status()).status is Status.READY


async def test_a_worker_learns_how_much_its_runs_were_told(desk: Desk) -> None:
    handle = await desk.start("one")
    await desk.start("two")
    await desk.take()
    for number in range(3):
        await handle.signal("news", number, id="same" if number < 2 else None)
    counts = await desk.stratum.store.read(inbox.inbox_counts, desk.worker, tenants=("default",))
    assert counts == {("default", "one"): 2, ("default", "two"): 0}
