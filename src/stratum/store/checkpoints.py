"""Keeping SQLite's write-ahead log short: its pages are carried into the database file, and the log begins again.

SQLite's own automatic checkpoint lets the log begin again only in a moment in which nobody reads. Where somebody always
does, the log would grow for ever; so from a certain length on the writer waits, for a short while, until those who read
now are done. Readers that come meanwhile find everything in the database file and hold nobody up. It happens inside the
writer's commit, and so in the queue of all processes.
"""

import apsw

from stratum.store.sqlite_connection import Connection

CARRY_PAGES = 4_000
"""From this many pages on, what can be carried over is, at each commit."""

RESTART_PAGES = 16_000
"""From this many pages on the writer waits for the readers, so that the log can begin again."""

# Each try looks anew at who reads what, which one long wait would not: the next reader takes the place of the last.
_RESTART_TRIES = 100
_TRY_MS = 10


class Checkpoints:
    """Looks at the length of the log after each commit of one connection."""

    def __init__(self, connection: Connection, busy_ms: int) -> None:
        """Begin; ``busy_ms`` is what the connection waits for locks at other times."""
        self._connection = connection
        self._busy_ms = busy_ms
        self._next_restart = RESTART_PAGES
        connection.set_wal_hook(self.committed)

    def committed(self, _connection: object, _name: str, pages: int, /) -> int:
        """Look at a log of so many pages; SQLite calls this after each commit."""
        if pages < CARRY_PAGES:
            self._next_restart = RESTART_PAGES
        elif pages < self._next_restart:
            self._carry_over(apsw.SQLITE_CHECKPOINT_PASSIVE)
        else:
            # Somebody may read for long; then the next try is not made before the log is twice as long.
            self._next_restart = 2 * pages
            self._restart()
        return apsw.SQLITE_OK

    def _restart(self) -> None:
        self._connection.set_busy_timeout(_TRY_MS)
        try:
            for _ in range(_RESTART_TRIES):
                if self._carry_over(apsw.SQLITE_CHECKPOINT_RESTART):
                    return
        finally:
            self._connection.set_busy_timeout(self._busy_ms)

    def _carry_over(self, mode: int) -> bool:
        """Carry over what can be; return False when somebody who reads stands in the way."""
        try:
            self._connection.wal_checkpoint(None, mode)
        except apsw.BusyError:
            return False
        except apsw.Error:
            # The commit holds, whatever comes of this. A disk that is full or broken will show at the next one.
            return True
        return True
