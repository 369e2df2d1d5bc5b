"""What a run was told, and which of its branches gets it."""

import asyncio
from collections.abc import Callable

import pytest

from stratum.runs.mailbox import Mailbox, Match
from stratum.runs.records import InboxItem
from stratum.runs.turns import Turns


def signal(seq: int, name: str) -> InboxItem:
    return InboxItem(seq, "signal", name, "null", 0)


def called(name: str) -> Match:
    return lambda item: item.kind == "signal" and item.name == name


def anything(item: InboxItem) -> bool:
    return True


class Alarms:
    """A clock whose alarms ring when the test says so."""

    def __init__(self) -> None:
        self.rings: list[tuple[int, Callable[[], None]]] = []

    def alarm_clock(self, due: int, ring: Callable[[], None]) -> asyncio.TimerHandle:
        self.rings.append((due, ring))
        return asyncio.get_running_loop().call_later(3_600, ring)


class Desk:
    """A mailbox with what is around it."""

    def __init__(self, *items: InboxItem) -> None:
        self.idle = 0
        self.alarms = Alarms()
        self.turns = Turns([], may_stop=lambda _: True, stop=lambda _: None, stuck=self._count, idle=self._count)
        self.box = Mailbox(items, self.turns)

    def _count(self) -> None:
        self.idle += 1

    async def ask(self, match: Match, due: int | None = None) -> "asyncio.Task[InboxItem | None]":
        self.turns.enter()
        task = asyncio.create_task(self.box.wait(match, due, self.alarms))
        await asyncio.sleep(0)
        return task


async def cancel(task: "asyncio.Task[InboxItem | None]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_there_already_is_taken_at_once_the_oldest_first() -> None:
    desk = Desk(signal(1, "a"), signal(2, "b"), signal(3, "a"))
    taken = [await desk.box.wait(called("a"), None, desk.alarms) for _ in range(2)]
    assert taken == [signal(1, "a"), signal(3, "a")]
    assert await desk.box.wait(anything, None, desk.alarms) == signal(2, "b")


async def test_an_item_goes_to_the_first_who_waits_for_such_a_one() -> None:
    desk = Desk()
    other, first, second = [await desk.ask(called(name)) for name in ("b", "a", "a")]
    desk.box.put([signal(1, "a")])
    assert await first == signal(1, "a")
    assert not other.done()
    desk.box.put([signal(2, "a"), signal(3, "b")])
    assert await other == signal(3, "b")
    assert await second == signal(2, "a")


async def test_an_item_that_was_taken_does_not_come_back_when_the_inbox_is_read_again() -> None:
    desk = Desk(signal(1, "a"))
    await desk.box.wait(anything, None, desk.alarms)
    waiting = await desk.ask(anything)
    desk.box.put([signal(1, "a")])
    assert not waiting.done()
    desk.box.put([signal(1, "a"), signal(2, "a")])
    assert await waiting == signal(2, "a")


async def test_who_waits_until_a_moment_gets_nothing_when_it_comes() -> None:
    desk = Desk()
    waiting = await desk.ask(anything, 5_000)
    assert list(desk.box.alarms) == [5_000]
    (due, ring), *_ = desk.alarms.rings
    ring()
    assert await waiting is None
    assert due == 5_000
    assert list(desk.box.alarms) == []


async def test_an_item_that_came_in_time_silences_the_alarm() -> None:
    desk = Desk()
    waiting = await desk.ask(anything, 5_000)
    desk.box.put([signal(1, "a")])
    desk.alarms.rings[0][1]()
    assert await waiting == signal(1, "a")
    assert list(desk.box.alarms) == []


async def test_who_is_cancelled_while_waiting_takes_nothing() -> None:
    desk = Desk()
    await cancel(await desk.ask(anything, 5_000))
    assert list(desk.box.alarms) == []
    desk.box.put([signal(1, "a")])
    assert await desk.box.wait(anything, None, desk.alarms) == signal(1, "a")


async def test_who_is_cancelled_with_an_item_in_hand_gives_it_to_the_next() -> None:
    desk = Desk()
    first, second = await desk.ask(anything), await desk.ask(anything)
    desk.box.put([signal(1, "a")])
    await cancel(first)
    assert await second == signal(1, "a")


async def test_what_nobody_else_wants_goes_back_and_waits_for_whoever_comes() -> None:
    desk = Desk()
    first = await desk.ask(anything)
    desk.box.put([signal(1, "a")])
    await cancel(first)
    assert await desk.box.wait(anything, None, desk.alarms) == signal(1, "a")


async def test_a_run_whose_every_branch_waits_is_idle_until_one_is_told_something() -> None:
    desk = Desk()
    desk.turns.enter()
    waiting = await desk.ask(anything)
    assert desk.idle == 0
    desk.turns.leave()
    assert desk.idle == 1
    desk.box.put([signal(1, "a")])
    assert not desk.turns.all_wait
    await waiting


async def test_the_first_wish_to_cancel_is_seen_and_stays() -> None:
    wish = InboxItem(2, "cancel", "", '"enough"', 0)
    desk = Desk(signal(1, "a"))
    assert desk.box.wish_to_cancel() is None
    desk.box.put([wish, InboxItem(3, "cancel", "", '"again"', 0)])
    assert desk.box.wish_to_cancel() == wish
    assert desk.box.wish_to_cancel() == wish
