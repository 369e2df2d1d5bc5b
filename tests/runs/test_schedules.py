"""Schedules: when slots fall, what is caught up, and that no slot runs twice."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stratum import App, InvalidInput, Run, Stratum
from stratum.kernel.clock import SystemClock
from stratum.runs.schedules import LATE_MS, Timing, due, next_slot, run_id, start_at
from stratum.testing.waiting import eventually

HOUR = 3_600_000


def at(text: str) -> int:
    """Return a moment in milliseconds."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def test_an_interval_counts_from_the_epoch() -> None:
    assert next_slot(Timing(every_ms=HOUR), at("2026-11-20T10:59:59Z")) == at("2026-11-20T11:00:00Z")
    assert next_slot(Timing(every_ms=HOUR), at("2026-11-20T11:00:00Z")) == at("2026-11-20T12:00:00Z")


def test_a_cron_expression_is_read_in_its_time_zone() -> None:
    timing = Timing(cron="0 7 * * MON-FRI", timezone="Europe/Berlin")
    assert next_slot(timing, at("2026-11-20T12:00:00Z")) == at("2026-11-23T06:00:00Z")
    assert next_slot(timing, at("2026-07-01T12:00:00Z")) == at("2026-07-02T05:00:00Z")


def test_a_daily_slot_comes_once_on_the_days_when_the_clocks_change() -> None:
    timing = Timing(cron="30 2 * * *", timezone="Europe/Berlin")
    slot = at("2026-03-27T12:00:00Z")
    days: list[str] = []
    for _ in range(4):
        slot = next_slot(timing, slot)
        days.append(datetime.fromtimestamp(slot / 1000, UTC).date().isoformat())
    assert days == ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"cron": "0 7 * * *", "every_ms": HOUR},
        {"every_ms": 10},
        {"cron": "61 * * * *"},
        {"cron": "0 7 * * *", "timezone": "Mars/Olympus"},
    ],
)
def test_a_timing_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Timing.model_validate(wrong)


@given(st.integers(0, 200), st.sampled_from(["all", "last", "skip"]))
def test_every_slot_is_either_run_or_missed_and_none_is_both(late: int, catch_up: str) -> None:
    timing = Timing.model_validate({"every_ms": HOUR, "catch_up": catch_up})
    first = 100 * HOUR
    decided = due(timing, first, first + late * HOUR)
    slots = [first + number * HOUR for number in range(late + 1)]
    assert sorted((*decided.run, *decided.missed)) == slots
    assert decided.next_at == slots[-1] + HOUR
    if catch_up == "all":
        assert not decided.missed
    else:
        assert decided.run in {(slots[-1],), ()}


def test_skipping_leaves_out_what_is_late_and_runs_what_is_due() -> None:
    timing = Timing(every_ms=HOUR, catch_up="skip")
    assert due(timing, HOUR, HOUR + LATE_MS).run == (HOUR,)
    assert due(timing, HOUR, HOUR + LATE_MS + 1).run == ()


def test_an_early_look_decides_nothing() -> None:
    assert due(Timing(every_ms=HOUR), HOUR, HOUR - 1) == ((), (), HOUR)


def test_jitter_is_bounded_and_the_same_each_time() -> None:
    timing = Timing(every_ms=HOUR, jitter_ms=60_000)
    starts = {start_at(timing, "nightly", slot * HOUR) - slot * HOUR for slot in range(200)}
    assert 0 <= min(starts) <= max(starts) <= 60_000
    assert len(starts) > 100
    assert start_at(timing, "nightly", HOUR) == start_at(timing, "nightly", HOUR)


def test_the_run_of_a_slot_has_the_slot_in_its_id() -> None:
    assert run_id("nightly", at("2026-11-20T07:00:00Z")) == "nightly@2026-11-20T07:00:00Z"


def test_a_schedule_is_checked_when_it_is_declared() -> None:
    app = App("schedules")

    @app.agent()
    async def tick(run: Run, name: str) -> str:
        return name

    with pytest.raises(InvalidInput, match="name"):
        app.schedule("wrong", tick, every=timedelta(hours=1), input={"nme": "x"})
    with pytest.raises(InvalidInput, match="every day"):
        app.schedule("wrong", tick, cron="every day", input={"name": "x"})


async def test_slots_missed_in_an_outage_are_all_run_once_and_one_after_another(store_url: str) -> None:
    app = App("catch-up")

    @app.agent()
    async def tick(run: Run) -> str:
        return run.run_id

    app.schedule("each-second", tick, every=timedelta(seconds=1), catch_up="all")
    async with app.open(store_url) as stratum:
        async with stratum.worker():
            await eventually(lambda: _count(stratum, 1), what="the first slot ran")
        await eventually(lambda: _overdue(stratum), what="slots were missed while nobody worked", within=20)
        async with stratum.worker(), stratum.worker():
            await eventually(lambda: _count(stratum, 4), what="the missed slots ran", within=20)
        slots = sorted(row.id.partition("@")[2] for row in await stratum.list(limit=100))
    moments = [datetime.fromisoformat(slot) for slot in slots]
    assert all(later - earlier == timedelta(seconds=1) for earlier, later in pairwise(moments))


async def test_a_paused_schedule_starts_nothing_and_a_continued_one_does(store_url: str) -> None:
    app = App("pause")

    @app.agent()
    async def tick(run: Run) -> str:
        return run.run_id

    app.schedule("each-second", tick, every=timedelta(seconds=1))
    async with app.open(store_url) as stratum, stratum.worker():
        await stratum.runs.pause_schedule("default", "each-second", paused=True)
        (row,) = await stratum.runs.schedules("default")
        assert row.paused
        before = len(await stratum.list())
        await eventually(lambda: _overdue(stratum), what="its slot has passed", within=20)
        assert len(await stratum.list()) == before
        await stratum.runs.pause_schedule("default", "each-second", paused=False)
        await eventually(lambda: _count(stratum, before + 1), what="it starts runs again")


async def _count(stratum: Stratum, most: int) -> bool:
    rows = await stratum.list(limit=100)
    return len(rows) >= most


async def _overdue(stratum: Stratum) -> bool:
    (row,) = await stratum.runs.schedules("default")
    return row.next_at + 1_500 < SystemClock().now()
