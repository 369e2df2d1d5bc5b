"""Rows of the journal, and bodies that are kept apart."""

from stratum.runs.rows import events
from tests.runs.rows.desk import Desk, adding


async def test_large_bodies_are_read_as_if_they_were_inline(desk: Desk) -> None:
    handle = await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    large = '"' + "π" * 9_000 + '"'
    await desk.append(adding(fence, 1, large, "1", large))
    assert [event.body for event in await handle.history()][1:] == [large, "1", large]


async def test_a_journal_is_read_from_any_place(desk: Desk) -> None:
    await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    await desk.append(adding(fence, 1, "1", "2", "3"))
    found = await desk.stratum.store.read(events.read_events, "default", "one", 2, tenants=("default",))
    assert [event.seq for event in found] == [3, 4]
    last = await desk.stratum.store.read(events.last_event, "default", "one", tenants=("default",))
    assert last is not None
    assert last.seq == 4
    assert await desk.stratum.store.read(events.last_event, "default", "none", tenants=("default",)) is None
