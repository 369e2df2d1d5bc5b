"""Wake-ups: hints that something may have changed. Correctness never depends on one.

A waiter subscribes first and looks second, so a change between the two is not missed:

    with store.subscribe("ready") as wake:
        while not (found := await look()):
            await wake.wait(timeout=5.0)
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self


class Wake:
    """One waiter's interest in some topics."""

    def __init__(self, hub: "WakeHub", topics: tuple[str, ...], noticed: Callable[[], None]) -> None:
        """Prepare to wait; ``noticed`` is called when the first waiter of a quiet store comes."""
        self._hub = hub
        self._noticed = noticed
        self._event = asyncio.Event()
        self.topics = topics

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - a hint may never come, so every wait is bounded
        """Wait for a hint, at most ``timeout`` seconds, and return whether one came."""
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    def set(self) -> None:
        """Give the hint."""
        self._event.set()

    def __enter__(self) -> Self:
        self._hub.add(self)
        if self._hub.count == 1:
            self._noticed()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hub.remove(self)


class WakeHub:
    """Who waits for what, in this process. Used on the event loop's thread only."""

    def __init__(self) -> None:
        self._waiters: defaultdict[str, set[Wake]] = defaultdict(set)
        self.count = 0
        """How many waiters there are; read by the database thread to know whether looking is worth it."""

    def add(self, wake: Wake) -> None:
        """Begin to hint ``wake``."""
        self.count += 1
        for topic in wake.topics:
            self._waiters[topic].add(wake)

    def remove(self, wake: Wake) -> None:
        """Stop hinting ``wake``."""
        self.count -= 1
        for topic in wake.topics:
            waiting = self._waiters[topic]
            waiting.discard(wake)
            if not waiting:
                del self._waiters[topic]

    def hint(self, topics: Iterable[str]) -> None:
        """Hint those who wait for ``topics``."""
        for topic in topics:
            for wake in self._waiters.get(topic, ()):
                wake.set()

    def hint_all(self) -> None:
        """Hint everybody: another process committed, and what it changed is not known."""
        for waiting in list(self._waiters.values()):
            for wake in waiting:
                wake.set()
