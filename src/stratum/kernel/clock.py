"""Time, injected. Nothing outside this module asks the operating system what time it is."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where wall time and elapsed time come from."""

    def now(self) -> int:
        """Wall time in milliseconds since 1970-01-01 UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> int:
        """Wall time in milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        return time.monotonic()
