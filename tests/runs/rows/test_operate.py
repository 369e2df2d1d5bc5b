"""What operators do to runs."""

import pytest

from stratum import RunIdTaken, Status
from stratum.runs.records import Release
from stratum.runs.rows import operate
from tests.runs.rows.desk import Desk, adding


async def test_only_a_parked_run_is_resumed(desk: Desk) -> None:
    handle = await desk.start("one")
    store = desk.stratum.store
    assert await store.write(operate.resume, "default", "none", "why", tenants=("default",)) is None
    assert await store.write(operate.resume, "default", "one", "why", tenants=("default",)) is Status.READY
    fence = (await desk.take())["one"].run.fence
    await desk.append(adding(fence, 1, "1", release=Release(Status.PARKED)))
    assert await store.write(operate.resume, "default", "one", "mended", tenants=("default",)) is Status.PARKED
    assert (await handle.status()).status is Status.READY
    assert "mended" in (await handle.history())[-1].body
    assert "one" in await desk.take()


async def test_a_run_that_was_carried_here_is_parked_unless_it_has_ended(desk: Desk) -> None:
    handle = await desk.start("one")
    row, events = await handle.status(), await handle.history()
    there = desk.stratum.tenant("elsewhere")
    moved = operate.bring_in
    with pytest.raises(RunIdTaken):
        await there.store.write(moved, row, events, tenants=("default",))
    fence = (await desk.take())["one"].run.fence
    await desk.append(adding(fence, 1, "1", release=Release(Status.DONE)))
    assert (await handle.status()).status is Status.DONE
