"""Counting what queues run."""

from stratum.runs import QueueLimits
from stratum.runs.records import Release, Status
from stratum.runs.rows.take import Taken, take
from tests.runs.rows.desk import LANES, Desk, adding


async def look(desk: Desk, limits: QueueLimits) -> Taken:
    return await desk.stratum.store.write(take, desk.worker, LANES, 100, {"default": limits})


def names(taken: Taken) -> list[str]:
    return sorted(claim.run.fence.run_id for claim in taken.claims)


async def test_a_queue_runs_no_more_at_once_than_it_may(desk: Desk) -> None:
    for number in range(5):
        await desk.start(f"run-{number}")
    limits = QueueLimits(concurrency=2)
    first = await look(desk, limits)
    assert names(first) == ["run-0", "run-1"]
    assert names(await look(desk, limits)) == []
    await desk.append(adding(first.claims[0].run.fence, 1, "1", release=Release(Status.DONE)))
    assert names(await look(desk, limits)) == ["run-2"]


async def test_runs_of_one_key_wait_for_each_other_and_others_do_not(desk: Desk) -> None:
    for number, key in enumerate(["a", "a", "b", ""]):
        await desk.start(f"run-{number}", key=key)
    limits = QueueLimits(per_key=1)
    first = await look(desk, limits)
    assert names(first) == ["run-0", "run-2", "run-3"]
    await desk.append(adding(first.claims[0].run.fence, 1, "1", release=Release(Status.DONE)))
    assert names(await look(desk, limits)) == ["run-1"]


async def test_a_rate_lets_a_burst_start_and_says_when_to_look_again(desk: Desk) -> None:
    for number in range(5):
        await desk.start(f"run-{number}")
    limits = QueueLimits(rate="3/h")
    assert len((await look(desk, limits)).claims) == 3
    later = await look(desk, limits)
    assert later.claims == []
    assert later.next_due is not None
