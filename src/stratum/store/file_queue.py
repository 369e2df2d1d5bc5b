"""The one queue in which the writers and checkpoints of all processes stand before a SQLite file."""

import fcntl
import os
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Thread
from weakref import WeakSet

_CLOSED = -1


class QueueBusyError(Exception):
    """Our turn did not come in time."""


class FileQueue:
    """Two locks beside the database file, held by the operating system and so freed when a process dies.

    A writer takes the gate, then the floor, then frees the gate: whoever waits at the gate is next, so no process is
    starved. The system cannot bound such a wait; so a thread does the waiting where there is any, and keeps the place
    in the line when the writer gives up and comes again.
    """

    def __init__(self, path: Path) -> None:
        self._gate = _lock_file(path.with_name(path.name + "-gate"))
        try:
            self._floor = _lock_file(path.with_name(path.name + "-writer"))
        except OSError:
            os.close(self._gate)
            raise
        self._state = Condition()
        self._in_line = False
        self._wanted = False
        self._granted = False
        self._open = True
        self._calls: SimpleQueue[str] | None = None
        _OPEN.add(self)

    def acquire(self, seconds: float) -> None:
        """Wait for this process's turn, at most so long.

        Raises:
            QueueBusyError: the turn did not come in time.
        """
        with self._state:
            if not self._in_line:
                if self._step_through():
                    return
                self._stand_in_line()
            self._wanted = True
            granted = self._state.wait_for(lambda: self._granted, seconds)
            self._wanted = self._granted = False
        if not granted:
            raise QueueBusyError

    def release(self) -> None:
        """Let the next one write."""
        fcntl.flock(self._floor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Leave the line, and give the locks back to the operating system."""
        with self._state:
            self._open = False
            if not self._in_line:
                self.close_files()
            if self._calls is not None:
                self._calls.put("")

    def close_files(self) -> None:
        """Close the files, as a forked child must: with what it inherits it would hold our locks after our death."""
        _OPEN.discard(self)
        files, self._gate, self._floor = {self._gate, self._floor} - {_CLOSED}, _CLOSED, _CLOSED
        for file in files:
            os.close(file)

    def _step_through(self) -> bool:
        """Take the floor if nobody stands in between; on the way, take the gate if it is free."""
        try:
            fcntl.flock(self._gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(self._floor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(self._gate, fcntl.LOCK_UN)
        return True

    def _stand_in_line(self) -> None:
        self._in_line = True
        if self._calls is None:
            self._calls = SimpleQueue()
            Thread(target=self._wait_forever, args=(self._calls,), name="stratum-queue", daemon=True).start()
        self._calls.put("wait")

    def _wait_forever(self, calls: SimpleQueue[str]) -> None:
        while calls.get():
            # Taking a lock that we already hold, as after a step that got only as far as the gate, changes nothing.
            fcntl.flock(self._gate, fcntl.LOCK_EX)
            fcntl.flock(self._floor, fcntl.LOCK_EX)
            fcntl.flock(self._gate, fcntl.LOCK_UN)
            with self._state:
                self._in_line = False
                if not self._open:
                    self.close_files()
                elif self._wanted:
                    self._granted = True
                    self._state.notify()
                else:
                    self.release()


def _lock_file(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _close_in_child() -> None:
    for queue in list(_OPEN):
        queue.close_files()


_OPEN: WeakSet[FileQueue] = WeakSet()
os.register_at_fork(after_in_child=_close_in_child)
