"""Faults on purpose: stop, break or kill at a chosen commit of a store.

    faults = Faults()
    opened = await open_store(url, migrations, clock=clock, sender="test", around=faults.around)
    faults.at("commit", kill_this_process, nth=3)       # the third commit from now never happens
    faults.fail("begin", StoreBusy("It is held."))      # the next transaction finds the database held

The points of a write, in order:

    begin       nothing is open yet
    commit      everything was written, and will not be kept unless the commit goes on
    committed   the commit holds, and nobody has been told
"""

import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from stratum.kernel.errors import StratumError
from stratum.store import Session, Tx

Point = Literal["begin", "commit", "committed"]


class _DriverError(Exception):
    """What a driver would raise; it has the words into which the store is to translate it."""

    def __init__(self, words: StratumError) -> None:
        super().__init__(words.message)
        self.words = words


@dataclass(slots=True)
class _Plan:
    point: Point
    left: int
    action: Callable[[], None]


class Faults:
    """What is to go wrong on the writing connections of one store, and how often each point was passed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._plans: list[_Plan] = []
        self._passed: Counter[Point] = Counter()

    def around(self, session: Session) -> Session:
        """Put the faults around a connection; give this to ``open_store`` as ``around=``."""
        return _FaultySession(session, self._reach)

    def at(self, point: Point, action: Callable[[], None], *, nth: int = 1) -> None:
        """Call ``action`` once, on the writer's thread, when ``point`` is reached for the ``nth`` time from now.

        It may raise what the database could, wait for an event, or not come back at all.
        """
        with self._lock:
            self._plans.append(_Plan(point, nth, action))

    def fail(self, point: Point, error: StratumError, *, nth: int = 1) -> None:
        """Have the database fail when ``point`` is reached for the ``nth`` time from now, in the words of ``error``."""

        def failing() -> None:
            raise _DriverError(error)

        self.at(point, failing, nth=nth)

    def passed(self, point: Point) -> int:
        """Return how often a point was passed without a fault."""
        return self._passed[point]

    def _reach(self, point: Point) -> None:
        with self._lock:
            for plan in self._plans:
                plan.left -= plan.point == point
            due = [plan for plan in self._plans if plan.left == 0]
            self._plans = [plan for plan in self._plans if plan.left > 0]
        for plan in due:
            plan.action()
        with self._lock:
            self._passed[point] += 1


class _FaultySession:
    """A session that passes the points."""

    def __init__(self, session: Session, reach: Callable[[Point], None]) -> None:
        self._session = session
        self._reach = reach
        self.rollback = session.rollback
        self.savepoint = session.savepoint
        self.release = session.release
        self.undo = session.undo
        self.close = session.close
        self.give_up = session.give_up
        self.others_committed = session.others_committed

    def begin(self, tenants: frozenset[str], *, flush: bool) -> Tx:
        """Open a transaction."""
        self._reach("begin")
        return self._session.begin(tenants, flush=flush)

    def commit(self) -> list[str]:
        """Commit."""
        self._reach("commit")
        topics = self._session.commit()
        self._reach("committed")
        return topics

    def translate(self, error: Exception) -> Exception:
        """Return the database's error in Stratum's words."""
        return error.words if isinstance(error, _DriverError) else self._session.translate(error)


def kill_this_process() -> None:
    """End this process at once, as a power cut would end it: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)
