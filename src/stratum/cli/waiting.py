"""What a run waits for, as far as its journal tells, and what somebody could do about it."""

from typing import Any, NamedTuple

from stratum import Event, RunRow, Status
from stratum.cli.options import Place
from stratum.cli.sentences import facts_of
from stratum.cli.tree import Node
from stratum.cli.words import distance, iso, local_time, plain

_SIGNAL, _CHILD = "wait ", "result "


class Wait(NamedTuple):
    """One call that waits."""

    call: str
    """Its key."""
    kind: str
    """``time``, ``signal``, ``child`` or ``retry``."""
    until: int | None
    """When it goes on by itself."""
    signal: str | None = None
    """The signal's name."""

    def shape(self) -> dict[str, Any]:
        """Return it for programs."""
        return {"call": self.call, "kind": self.kind, "until": iso(self.until), "signal": self.signal}

    def sentence(self, now: int) -> str:
        """Return it for people."""
        until = "" if self.until is None else f" until {local_time(self.until)} ({distance(self.until, now)})"
        what = {
            "signal": f"the signal {self.signal!r}{until}",
            "child": f"the end of a child run ({self.call})",
            "retry": f"its next try{until}",
            "time": f"its time{until}",
        }
        return f"{plain(self.call)}: waits for {plain(what[self.kind])}"


def waits_for(row: RunRow, root: Node) -> list[Wait]:
    """Return the calls that a run waits in; none where it has ended, or only a person can let it go on."""
    if row.ended_at is not None or row.status is Status.PARKED:
        return []
    return [_wait(node.events[0].key, node) for node in root.walk() if node.is_open]


def advice(row: RunRow, waits: list[Wait], place: Place, *, taken: bool, full: bool) -> list[str]:
    """Return what somebody could do for a run.

    ``taken`` tells whether a living worker takes such runs, ``full`` whether everything about it is shown already.
    """
    if row.status is Status.READY and not taken:
        return [f"No living worker takes runs of agent {row.agent!r}. Start one: {place.command('up', 'APP')}"]
    if row.status is Status.PARKED:
        go_on, stop = place.command("resume", row.id), place.command("cancel", row.id)
        return [f"Mend the cause, then let it go on: {go_on}", f"Or stop it: {stop}"]
    if row.status is Status.FAILED and not full:
        return [f"Its traceback and every try: {place.command('show', row.id, '--full')}"]
    signals = [wait.signal for wait in waits if wait.signal is not None]
    return [f"Answer it: {place.command('signal', row.id, name, 'JSON')}" for name in dict.fromkeys(signals)]


def _wait(key: str, node: Node) -> Wait:
    name = node.name.partition("#")[0]
    until = _number(node.timer.body) if node.timer is not None else None
    if name.startswith(_SIGNAL):
        return Wait(key, "signal", until, name.removeprefix(_SIGNAL))
    if name.startswith(_CHILD):
        return Wait(key, "child", until)
    if node.attempts:
        return Wait(key, "retry", _next_try(node.attempts[-1]))
    return Wait(key, "time", until)


def _next_try(event: Event) -> int | None:
    due = facts_of(event).get("next_at")
    return due if isinstance(due, int) else None


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
