"""Which ready runs a worker is given."""

from stratum import Status
from tests.runs.rows.desk import Desk, adding


async def test_each_ready_run_is_given_to_one_worker(desk: Desk) -> None:
    for number in range(6):
        await desk.start(f"run-{number}")
    other = Desk(desk.stratum, "worker_b")
    await other.join()
    first, second = await desk.take(4), await other.take(4)
    assert len(first) == 4
    assert sorted([*first, *second]) == [f"run-{number}" for number in range(6)]
    assert await desk.take() == {}


async def test_slots_go_round_among_tenants(desk: Desk) -> None:
    for number in range(9):
        await desk.start(f"many-{number}")
    few = Desk(desk.stratum.tenant("few"))
    for number in range(3):
        await few.start(f"few-{number}")
    assert sorted(name[:3] for name in await desk.take(6)) == ["few", "few", "few", "man", "man", "man"]


async def test_a_short_journal_comes_with_the_claim_and_a_long_one_does_not(desk: Desk) -> None:
    handle = await desk.start("one")
    claim = (await desk.take())["one"]
    assert claim.events is not None
    assert [event.kind for event in claim.events] == ["started"]
    await desk.append(adding(claim.run.fence, 1, *["1"] * 100))
    await handle.cancel()
    assert (await handle.status()).status is Status.RUNNING
