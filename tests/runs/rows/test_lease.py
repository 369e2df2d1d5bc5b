"""Workers that die, and what becomes of their runs."""

from stratum import Status
from stratum.runs.records import Release
from stratum.runs.rows import lease
from tests.runs.rows.desk import Desk, adding


async def test_a_buried_workers_runs_are_ready_again_and_count_the_loss(desk: Desk) -> None:
    handle = await desk.start("one")
    await desk.take()
    store = desk.stratum.store
    assert await store.write(lease.bury, desk.worker) == 1
    assert await store.write(lease.bury, desk.worker) == 0
    assert not await store.write(lease.beat, desk.worker)
    row = await handle.status()
    assert (row.status, row.losses, row.worker) == (Status.READY, 1, None)


async def test_runs_that_a_leaving_worker_hands_back_count_no_loss(desk: Desk) -> None:
    handle = await desk.start("one")
    await desk.take()
    held = await desk.stratum.store.read(lease.held_by, desk.worker)
    assert held == [("default", "one")]
    await desk.stratum.store.write(lambda tx: lease.bury(tx, desk.worker, lost=False))
    assert (await handle.status()).losses == 0


async def test_progress_forgives_the_losses_before(desk: Desk) -> None:
    handle = await desk.start("one")
    await desk.take()
    await desk.stratum.store.write(lease.bury, desk.worker)
    await desk.join()
    fence = (await desk.take())["one"].run.fence
    await desk.append(adding(fence, 1, "1"))
    assert (await handle.status()).losses == 0


async def test_a_run_that_its_worker_cannot_end_is_given_back_once(desk: Desk) -> None:
    handle = await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    store = desk.stratum.store
    assert await store.write(lease.give_back, fence, tenants=("default",))
    assert not await store.write(lease.give_back, fence, tenants=("default",))
    row = await handle.status()
    assert (row.status, row.losses) == (Status.READY, 1)
    assert "one" in await desk.take()


async def test_only_a_worker_past_its_lease_has_expired(desk: Desk) -> None:
    late = Desk(desk.stratum, "worker_late")
    await late.join(lease_ms=-1_000)
    store = desk.stratum.store
    assert await store.read(lease.expired) == ["worker_late"]
    assert {row.id for row in await store.read(lease.workers)} == {desk.worker, "worker_late"}


async def test_runs_wake_when_they_are_due_and_not_before(desk: Desk) -> None:
    for name, wake_at in (("future", 1 << 50), ("past", 1)):
        await desk.start(name)
        fence = (await desk.take())[name].run.fence
        await desk.append(adding(fence, 1, release=Release(Status.WAITING, wake_at=wake_at)))
    looked = await desk.look()
    assert [claim.run.fence.run_id for claim in looked.claims] == ["past"]
    assert looked.next_due == 1 << 50
