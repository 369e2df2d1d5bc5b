"""What a journal says a run has already done, and whether the code still does it.

A call is *found* by scope, name and occurrence (its key), and *checked* by its place among the calls of its scope and
by the digest of its arguments. Code between the calls may change freely.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from stratum.runs.errors import Mismatch
from stratum.runs.records import CLOSING, Event, Kind

_SHOWN = 8
_OF_CALLS = frozenset({Kind.STEP, Kind.STEP_FAILED, Kind.ATTEMPT, Kind.LEFT, Kind.VALUE, Kind.TIMER, Kind.EDITED})
_STOPPING = frozenset({Kind.CANCEL, Kind.DEADLINE})


@dataclass(slots=True)
class Recorded:
    """All that the journal holds of one call."""

    key: str
    position: int
    args_hash: str
    closing: Event | None = None
    opening: Event | None = None
    left: bool = False
    """Whether the caller was cancelled before it got the result."""
    attempts: list[Event] = field(default_factory=list[Event])


class Replay:
    """A journal, arranged for being called again."""

    def __init__(self, run_id: str, events: Sequence[Event]) -> None:
        self._run_id = run_id
        self._calls: dict[str, Recorded] = {}
        self._places: defaultdict[str, dict[int, str]] = defaultdict(dict)
        self._uncalled: dict[str, Recorded] = {}
        self.order: list[Event] = []
        """The events that hand something to the code, in the order in which they did."""
        for event in events:
            self._keep(event)
        self._uncalled.update(self._calls)
        left = {call.closing.seq for call in self._calls.values() if call.left and call.closing}
        if left:
            self.order = [event for event in self.order if event.seq not in left]

    def call(self, scope: str, key: str, position: int, args_hash: str) -> Recorded | None:
        """Return what the journal holds of a call, or None when it was never recorded.

        Raises:
            Mismatch: another call was recorded in its place, or it was recorded elsewhere or with other arguments.
        """
        if not self._calls:
            return None
        found = self._calls.get(key)
        self._uncalled.pop(key, None)
        if found is None:
            other = self._places[scope].get(position)
            if other is None:
                return None
            raise self._mismatch(scope, position, key, f"the journal has {other!r} in this place")
        if found.position != position:
            raise self._mismatch(scope, position, key, f"the journal has {key!r} at place {found.position}")
        if found.args_hash != args_hash:
            raise self._mismatch(scope, position, key, f"{key!r} was recorded with other arguments")
        return found

    def unreached(self) -> str | None:
        """Return the first recorded call that the code has not made, or None."""
        return next(iter(self._uncalled), None)

    def excuse(self, path: str) -> list[int]:
        """Expect no further call below ``path``, whose branch was cancelled; return the results that nobody takes."""
        excused = [key for key in self._uncalled if key.startswith(path)]
        calls = [self._uncalled.pop(key) for key in excused]
        return [call.closing.seq for call in calls if call.closing is not None and not call.left]

    def left_out(self, key: str) -> Mismatch:
        """Return the error for a recorded call that the code does not make any more."""
        call = self._calls[key]
        scope = _scope_of(key)
        return self._mismatch(scope, call.position, None, f"the code no longer calls {key!r}")

    def was_left(self, event: Event) -> bool:
        """Return whether the caller of a recorded result was cancelled before it got it."""
        return self._calls[event.key].left

    def holds(self, scope: str, key: str, position: int) -> bool:
        """Return whether the journal holds a call of this key in this place."""
        return self._places[scope].get(position) == key

    def has_progress(self, scope: str) -> bool:
        """Return whether the journal holds a call of ``scope``, or of a scope inside it, that was not made yet."""
        return any(key.startswith(scope) for key in self._uncalled)

    def _keep(self, event: Event) -> None:
        if event.kind in CLOSING or event.kind in _STOPPING:
            self.order.append(event)
        if event.kind not in _OF_CALLS:
            return
        call = self._calls.get(event.key)
        if call is None:
            call = self._calls[event.key] = Recorded(event.key, event.position, event.args_hash)
            self._places[_scope_of(event.key)][event.position] = event.key
        if event.kind in CLOSING or event.kind == Kind.VALUE:
            call.closing = event
        elif event.kind == Kind.ATTEMPT:
            call.attempts.append(event)
        elif event.kind == Kind.LEFT:
            call.left = True
        else:
            call.opening = event

    def _mismatch(self, scope: str, position: int, key: str | None, why: str) -> Mismatch:
        places = self._places[scope]
        first = max(0, position - _SHOWN // 2)
        rows = [
            f"      {place}: {places.get(place, '(nothing)')}"
            for place in range(first, first + _SHOWN)
            if place in places
        ]
        called = "nothing more" if key is None else f"{key!r}"
        message = "\n".join([
            f"Run {self._run_id} cannot go on: {why}.",
            f"    recorded in scope {scope or '(the agent itself)'!r}:",
            *rows,
            f"    called at place {position}: {called}",
            "    Run it with the code that recorded it, mark the new code with run.changed(), or cancel the run.",
        ])  # fmt: skip
        return Mismatch(message)


def _scope_of(key: str) -> str:
    return key[: key.rfind("/") + 1]
