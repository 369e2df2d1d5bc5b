"""Time that stands still until a test moves it."""

from stratum.kernel.clock import Clock

START = 1_800_000_000_000
"""Where a fake clock begins: 15 January 2027, 08:00 UTC, in milliseconds since 1970."""


class FakeClock(Clock):
    """A clock that a test moves. SQLite's transactions take their time from it too; PostgreSQL has its own."""

    def __init__(self, now: int = START) -> None:
        self._now = now

    def now(self) -> int:
        """Wall time in milliseconds since 1970-01-01 UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        return self._now / 1000

    def advance(self, seconds: float) -> None:
        """Move on; whoever waits for a hint or a poll sees it then."""
        self._now += int(seconds * 1000)
