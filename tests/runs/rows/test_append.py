"""The fence: who may add to a journal, and what asking twice does."""

from collections.abc import Callable

import pytest

from stratum import Status
from stratum.runs import Fenced
from stratum.runs.records import Fence, Release
from stratum.runs.rows import inbox
from stratum.runs.rows.append import UNREAD
from tests.runs.rows.desk import Desk, adding


async def test_an_append_behind_the_known_head_moves_it(desk: Desk) -> None:
    handle = await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    assert await desk.append(adding(fence, 1, "1", "2")) == 3
    assert await desk.append(adding(fence, 3, "3")) == 4
    assert [event.body for event in await handle.history()][1:] == ["1", "2", "3"]


async def test_asking_again_after_a_lost_answer_adds_nothing(desk: Desk) -> None:
    handle = await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    asked = adding(fence, 1, "1")
    assert await desk.append(asked) == await desk.append(asked) == 2
    ending = adding(fence, 2, "2", release=Release(Status.DONE))
    assert await desk.append(ending) == await desk.append(ending) == 3
    assert len(await handle.history()) == 3


WRONG: list[Callable[[Fence], Fence]] = [
    lambda fence: fence._replace(epoch=0),
    lambda fence: fence._replace(epoch=2),
    lambda fence: fence._replace(worker="worker_b"),
    lambda fence: fence._replace(run_id="two"),
    lambda fence: fence._replace(tenant="other"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=["older", "newer", "worker", "run", "tenant"])
async def test_an_append_under_another_fence_is_refused(desk: Desk, wrong: Callable[[Fence], Fence]) -> None:
    handle = await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    with pytest.raises(Fenced, match="no longer"):
        await desk.append(adding(wrong(fence), 1, "1"))
    with pytest.raises(Fenced):
        await desk.append(adding(fence, 5, "1"))
    assert len(await handle.history()) == 1


async def test_a_run_does_not_go_to_sleep_over_what_it_has_not_read(desk: Desk) -> None:
    handle = await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    await handle.signal("news")
    assert await desk.append(adding(fence, 1, release=Release(Status.WAITING), inbox=0)) == UNREAD
    assert (await handle.status()).status is Status.RUNNING
    assert await desk.append(adding(fence, 1, release=Release(Status.WAITING), inbox=1)) == 1
    assert (await handle.status()).status is Status.WAITING


async def test_a_run_that_was_handed_back_can_be_taken_again_in_a_new_epoch(desk: Desk) -> None:
    handle = await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    await desk.append(adding(fence, 1, release=Release(Status.READY)))
    again = (await desk.take())["one"].run.fence
    assert again.epoch == fence.epoch + 1
    with pytest.raises(Fenced):
        await desk.append(adding(fence, 1, "late"))
    assert (await handle.status()).status is Status.RUNNING


async def test_what_a_step_used_of_the_inbox_is_not_read_again(desk: Desk) -> None:
    handle = await desk.start("one")
    await handle.signal("news", 1)
    claim = (await desk.take())["one"]
    assert [item.body for item in claim.inbox] == ["1"]
    await desk.append(adding(claim.run.fence, 1, "1")._replace(taken=((1, 2),)))
    assert await desk.stratum.store.read(inbox.unread, "default", "one", tenants=("default",)) == []
