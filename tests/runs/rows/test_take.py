"""One look of a worker at the store."""

from stratum.runs.rows.take import CLAIMS_AT_ONCE
from tests.runs.rows.desk import Desk


async def test_a_worker_without_room_takes_nothing(desk: Desk) -> None:
    await desk.start("one")
    looked = await desk.look(0)
    assert looked.claims == []
    assert sorted(await desk.take()) == ["one"]


async def test_who_has_room_for_more_than_one_look_gives_is_told_to_look_again(desk: Desk) -> None:
    for number in range(CLAIMS_AT_ONCE + 5):
        await desk.start(f"run-{number:03}")
    looked = await desk.look(1_000)
    assert len(looked.claims) == CLAIMS_AT_ONCE
    assert looked.more
    rest = await desk.look(1_000)
    assert len(rest.claims) == 5
