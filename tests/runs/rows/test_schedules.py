"""Schedules as rows."""

from stratum.runs.rows import schedules
from tests.runs.rows.desk import Desk


async def test_a_store_without_schedules_has_none_to_fire_or_to_pause(desk: Desk) -> None:
    store = desk.stratum.store
    none: list[schedules.Schedule] = []
    await store.write(schedules.declare, none, tenants=("default",))
    await store.write(schedules.fire_due)
    assert await store.read(schedules.schedules, "default", tenants=("default",)) == []

    assert not await store.write(lambda tx: schedules.pause(tx, "default", "none", paused=True), tenants=("default",))
