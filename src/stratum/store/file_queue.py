"""The one queue in which the writers and checkpoints of all processes stand before a SQLite file."""

import fcntl
import os
from pathlib import Path
from threading import Event, Lock
from weakref import WeakSet

from stratum.kernel.clock import SystemClock

_CLOSED = -1
_LOOK_SECONDS = 0.05


class QueueBusyError(Exception):
    """Our turn did not come in time."""


class FileQueue:
    """Two locks beside the database file, held by the operating system and so freed when a process dies.

    A writer takes the gate, then the floor, then frees the gate: whoever waits at the gate is next, so no process is
    starved. The system's wait has no bound. Another thread may therefore give up for the one that waits: it keeps its
    place in the line, and when its turn comes it lets the next one write.
    """

    def __init__(self, path: Path) -> None:
        self._gate = _lock_file(path.with_name(path.name + "-gate"))
        try:
            self._floor = _lock_file(path.with_name(path.name + "-writer"))
        except OSError:
            os.close(self._gate)
            raise
        self._clock = SystemClock()
        self._guard = Lock()
        self._since: float | None = None
        self._gave_up = False
        _OPEN.add(self)

    def acquire(self) -> None:
        """Wait for this process's turn.

        Raises:
            QueueBusyError: another thread gave up meanwhile.
        """
        self._since = self._clock.monotonic()
        try:
            fcntl.flock(self._gate, fcntl.LOCK_EX)
            fcntl.flock(self._floor, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)
            with self._guard:
                gave_up, self._gave_up, self._since = self._gave_up, False, None
        if gave_up:
            self.release()
            raise QueueBusyError

    def give_up(self, seconds: float) -> bool:
        """Give up for the thread that waits, if it has for so long; return whether it has. For other threads."""
        with self._guard:
            if self._since is None or self._clock.monotonic() - self._since < seconds:
                return False
            self._gave_up = True
            return True

    def acquire_within(self, seconds: float) -> None:
        """Take the floor as soon as nobody stands in between; for who comes seldom, and is in nobody's place.

        Raises:
            QueueBusyError: the turn did not come in time.
        """
        deadline = self._clock.monotonic() + seconds
        while not self._step_through():
            if self._clock.monotonic() > deadline:
                raise QueueBusyError
            Event().wait(_LOOK_SECONDS)

    def release(self) -> None:
        """Let the next one write."""
        fcntl.flock(self._floor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the locks back to the operating system; in a forked child, what it has inherited of them."""
        _OPEN.discard(self)
        files, self._gate, self._floor = {self._gate, self._floor} - {_CLOSED}, _CLOSED, _CLOSED
        for file in files:
            os.close(file)

    def _step_through(self) -> bool:
        """Take the floor if nobody stands in between."""
        try:
            fcntl.flock(self._gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(self._floor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)
        return True


def _lock_file(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _close_in_child() -> None:
    # With the files that it inherits, a child would hold our locks after our death.
    for queue in list(_OPEN):
        queue.close()


_OPEN: WeakSet[FileQueue] = WeakSet()
os.register_at_fork(after_in_child=_close_in_child)
