"""Time that stands still until it is moved."""

from datetime import timedelta
from threading import Lock

_START_MS = 1_800_000_000_000


class FakeClock:
    """A :class:`stratum.kernel.clock.Clock` for tests; safe for use from several threads."""

    def __init__(self, start_ms: int = _START_MS) -> None:
        """Begin at ``start_ms``, in milliseconds since 1970-01-01 UTC; by default in January 2027."""
        self._lock = Lock()
        self._now_ms = start_ms
        self._elapsed_ms = 0

    def now(self) -> int:
        """Wall time in milliseconds since 1970-01-01 UTC."""
        return self._now_ms

    def monotonic(self) -> float:
        """Seconds since the clock was made, never going back."""
        return self._elapsed_ms / 1000

    def advance(self, step: timedelta) -> None:
        """Let time pass.

        Raises:
            ValueError: the step is negative; :meth:`set_wall` can put the wall clock back.
        """
        milliseconds = step // timedelta(milliseconds=1)
        if milliseconds < 0:
            message = f"Time does not pass backwards: {step}."
            raise ValueError(message)
        with self._lock:
            self._now_ms += milliseconds
            self._elapsed_ms += milliseconds

    def set_wall(self, now_ms: int) -> None:
        """Put the wall clock right, forwards or back, as a time server does; elapsed time is not touched."""
        with self._lock:
            self._now_ms = now_ms
