"""Whose turn it is in a replay, and when nobody can go on."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from stratum.runs import Event, Kind
from stratum.runs.turns import Turns


def turn(seq: int, kind: str = Kind.STEP) -> Event:
    return Event(seq, kind, f"call {seq}", seq, "h", "null", 0, 0)


class Table:
    """Turns, and what they told."""

    def __init__(self, order: Sequence[Event], *, may_stop: Callable[[Event], bool] = lambda _: True) -> None:
        self.told: list[str] = []
        self.turns = Turns(
            order,
            may_stop=may_stop,
            stop=lambda event: self.told.append(f"stop {event.seq}"),
            stuck=lambda: self.told.append("stuck"),
            idle=lambda: self.told.append("idle"),
        )

    async def took(self, seq: int) -> None:
        await self.turns.take(seq)
        self.told.append(f"took {seq}")

    def task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        self.turns.enter()
        return asyncio.create_task(work)


async def until_still() -> None:
    """Let everything run that can run by itself."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_results_are_taken_in_the_order_of_the_journal_whoever_asks_first() -> None:
    table = Table([turn(1), turn(2), turn(3)])
    tasks = [table.task(table.took(seq)) for seq in (3, 1, 2)]
    await asyncio.gather(*tasks)
    assert table.told == ["took 1", "took 2", "took 3"]
    assert not table.turns.replaying


async def test_whoever_comes_early_waits_until_the_one_before_has_come() -> None:
    table = Table([turn(1), turn(2)])
    table.turns.enter()
    early = table.task(table.took(2))
    await until_still()
    assert table.told == []
    assert not table.turns.all_wait
    await table.took(1)
    await early
    assert table.told == ["took 1", "took 2"]


async def test_a_turn_that_nobody_will_take_is_left_out() -> None:
    table = Table([turn(1), turn(2), turn(3)])
    table.turns.enter()
    waiting = table.task(table.took(3))
    await until_still()
    table.turns.skip([1, 2])
    await waiting
    assert table.told == ["took 3"]


async def test_a_cancelled_one_gives_its_turn_to_the_next() -> None:
    table = Table([turn(1), turn(2), turn(3)])
    table.turns.enter()
    second, third = table.task(table.took(2)), table.task(table.took(3))
    await until_still()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    table.turns.leave()
    await table.took(1)
    await third
    assert table.told == ["took 1", "took 3"]


async def test_one_cancelled_right_after_it_was_woken_gives_its_turn_to_the_next() -> None:
    table = Table([turn(1), turn(2), turn(3)])
    table.turns.enter()
    second, third = table.task(table.took(2)), table.task(table.took(3))
    await until_still()
    await table.took(1)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await third
    assert table.told == ["took 1", "took 3"]


async def test_the_end_comes_when_everything_recorded_was_handed_out() -> None:
    table = Table([turn(1)])
    table.turns.enter()
    end = table.task(table.turns.end())
    await until_still()
    assert not end.done()
    await table.took(1)
    await end
    await table.turns.end()


async def test_waiting_for_the_end_can_be_cancelled() -> None:
    table = Table([turn(1)])
    table.turns.enter()
    end = table.task(table.turns.end())
    await until_still()
    end.cancel()
    with pytest.raises(asyncio.CancelledError):
        await end
    table.turns.leave()
    await table.took(1)
    assert table.told == ["took 1"]


async def test_a_replay_in_which_all_wait_is_stuck() -> None:
    table = Table([turn(1), turn(2)])
    waiting = table.task(table.took(2))
    await until_still()
    assert table.told == ["stuck"]
    assert table.turns.all_wait
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_replay_is_stuck_when_the_last_one_who_could_go_on_leaves() -> None:
    table = Table([turn(1), turn(2)])
    table.turns.enter()
    waiting = table.task(table.took(2))
    await until_still()
    assert table.told == []
    table.turns.leave()
    assert table.told == ["stuck"]
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_run_in_which_all_wait_for_the_world_is_idle() -> None:
    table = Table([])
    table.turns.enter()
    table.turns.enter()
    table.turns.block()
    assert table.told == []
    table.turns.block()
    assert table.told == ["idle"]
    table.turns.unblock()
    assert not table.turns.all_wait


async def test_whoever_waits_for_what_it_never_got_waits_until_cancelled() -> None:
    table = Table([])
    never = table.task(table.turns.never())
    await until_still()
    assert table.told == ["idle"]
    never.cancel()
    with pytest.raises(asyncio.CancelledError):
        await never
    assert not table.turns.all_wait


async def test_a_recorded_cancellation_comes_at_its_own_turn() -> None:
    table = Table([turn(1), turn(2, Kind.CANCEL), turn(3)])
    table.turns.enter()
    await table.took(1)
    await table.took(3)
    assert table.told == ["stop 2", "took 1", "took 3"]


async def test_a_recorded_cancellation_waits_for_the_code_to_have_come_as_far() -> None:
    come: list[int] = []
    table = Table([turn(1, Kind.CANCEL), turn(2)], may_stop=lambda _: len(come) > 1)
    table.turns.enter()
    for place in (1, 2):
        assert table.told == []
        come.append(place)
        table.turns.called()
    assert table.told == ["stop 1"]


async def test_a_cancellation_can_be_carried_out_at_once_when_nothing_else_can_happen() -> None:
    table = Table([turn(1, Kind.DEADLINE), turn(2)], may_stop=lambda _: False)
    table.turns.enter()
    assert table.turns.stop_now()
    assert table.told == ["stop 1"]
    assert not table.turns.stop_now(), "the next is a result, not a stop"
    await table.took(2)
    assert not table.turns.stop_now(), "nothing is left"
    assert table.told == ["stop 1", "took 2"]


async def test_a_long_replay_lets_others_run_in_between() -> None:
    table = Table([turn(seq) for seq in range(1_000)])
    table.turns.enter()
    ran: list[int] = []

    async def other() -> None:
        while table.turns.replaying:
            ran.append(1)
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for seq in range(1_000):
        await table.turns.take(seq)
    await task
    assert len(ran) >= 3
