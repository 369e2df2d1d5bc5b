"""What a run was told and has not used yet, and which of its branches wait for what."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from stratum.runs.records import InboxItem
from stratum.runs.turns import Turns

Match = Callable[[InboxItem], bool]


class AlarmClock(Protocol):
    """Calls back at a moment."""

    def alarm_clock(self, due: int, ring: Callable[[], None]) -> asyncio.TimerHandle:
        """Have ``ring`` called at ``due``, in milliseconds since 1970 UTC."""
        ...


class Mailbox:
    """Hands each item to the first branch that waits for such a one, in the order in which they came."""

    def __init__(self, items: Sequence[InboxItem], turns: Turns) -> None:
        self._items = {item.seq: item for item in items}
        self._turns = turns
        self._waiting: list[tuple[Match, asyncio.Future[InboxItem | None]]] = []
        self._alarms: list[int] = []

    @property
    def alarms(self) -> Sequence[int]:
        """The moments at which waiting branches go on by themselves."""
        return self._alarms

    def put(self, items: Sequence[InboxItem]) -> None:
        """Take in items, and hand them on."""
        for item in items:
            if item.seq not in self._items:
                self._items[item.seq] = item
                self._hand_on(item)

    def wish_to_cancel(self) -> InboxItem | None:
        """Return the first wish to cancel, if there is one."""
        return next((item for item in self._items.values() if item.kind == "cancel"), None)

    async def wait(self, match: Match, due: int | None, clock: AlarmClock) -> InboxItem | None:
        """Wait durably for an item that fits, and return it; None at ``due``.

        The item stays with the caller, who records it; if the caller is cancelled before, it goes back.
        """
        item = next((item for item in self._items.values() if item.seq > 0 and match(item)), None)
        if item is not None:
            self._set_aside(item)
            return item
        future: asyncio.Future[InboxItem | None] = asyncio.get_running_loop().create_future()
        entry = (match, future)
        self._waiting.append(entry)
        timer = None if due is None else clock.alarm_clock(due, lambda: self._resolve(entry, None))
        if due is not None:
            self._alarms.append(due)
        self._turns.block()
        try:
            return await future
        except asyncio.CancelledError:
            self._give_back(entry)
            raise
        finally:
            if timer is not None and due is not None:
                timer.cancel()
                self._alarms.remove(due)

    def _hand_on(self, item: InboxItem) -> None:
        for entry in self._waiting:
            # A task that was cancelled and has not noticed yet waits for nothing any more.
            if not entry[1].done() and entry[0](item):
                self._set_aside(item)
                self._resolve(entry, item)
                return

    def _set_aside(self, item: InboxItem) -> None:
        # The number stays known, so that reading the inbox again does not bring the item back.
        self._items[item.seq] = item._replace(kind="taken", seq=-item.seq)

    def _resolve(self, entry: tuple[Match, "asyncio.Future[InboxItem | None]"], item: InboxItem | None) -> None:
        if entry in self._waiting and not entry[1].done():
            self._waiting.remove(entry)
            self._turns.unblock()
            entry[1].set_result(item)

    def _give_back(self, entry: tuple[Match, "asyncio.Future[InboxItem | None]"]) -> None:
        if entry in self._waiting:
            self._waiting.remove(entry)
            self._turns.unblock()
        elif entry[1].done() and not entry[1].cancelled() and (item := entry[1].result()) is not None:
            self._items[item.seq] = item
            self._hand_on(item)
