"""Runs, calls and events in plain words, each with the colour that it is shown in."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from stratum import Event, Kind, RunRow, Status
from stratum.cli.tree import Node
from stratum.cli.words import distance, duration, local_time, plain
from stratum.kernel.codec import decode
from stratum.kernel.errors import StratumError

GOOD, BAD, BUSY, ASLEEP, QUIET = "green", "red", "blue", "cyan", "dim"
STYLES = {
    Status.READY: BUSY,
    Status.RUNNING: BUSY,
    Status.WAITING: ASLEEP,
    Status.PARKED: "magenta",
    Status.DONE: GOOD,
    Status.FAILED: BAD,
    Status.CANCELLED: "yellow",
}
VALUE_CHARS_MAX = 300
"""The longest value shown; ``--json`` has all of it."""


class Words(NamedTuple):
    """A few words and their style."""

    text: str
    style: str


def facts_of(event: Event) -> dict[str, Any]:
    """Return an event's body where it is an object, and nothing where it is not."""
    try:
        value = decode(event.body) if event.body else None
    except (ValueError, StratumError):
        return {}
    return value if isinstance(value, dict) else {}


def value_of(event: Event, *, full: bool = False) -> str:
    """Return an event's body as text, a long one cut unless ``full``."""
    if not event.body:
        return "(erased)"
    text = plain(event.body)
    return (
        text if full or len(text) <= VALUE_CHARS_MAX else f"{text[:VALUE_CHARS_MAX]}… ({len(event.body):,} characters)"
    )


def run_state(row: RunRow, now: int) -> Words:
    """Return how a run stands."""
    whole = duration((row.ended_at or now) - row.created_at)
    texts = {
        Status.READY: "ready: waits for a worker",
        Status.RUNNING: f"running for {whole}, on {row.worker}",
        Status.WAITING: "waiting" if row.wake_at is None else f"waiting, wakes {distance(row.wake_at, now)}",
        Status.PARKED: "parked: a person must look at it",
        Status.DONE: f"done in {whole}",
        Status.FAILED: f"failed after {whole}",
        Status.CANCELLED: f"cancelled after {whole}",
    }
    return Words(texts[row.status], STYLES[row.status])


def is_receipt(event: Event) -> bool:
    """Return whether a call waited for something from outside, so that it took no time of its own."""
    return event.key.rpartition("/")[2].startswith(("wait ", "result "))


def call_state(node: Node, now: int, *, over: bool) -> Words:
    """Return how a call, scope or branch stands, in a run that may be over."""
    closing = node.closing
    if closing is None and not node.events:
        return _scope_state(node)
    if closing is None:
        return Words("was not finished", QUIET) if over else _open_state(node, now)
    if closing.kind == Kind.VALUE:
        return Words(f"= {_value(node, closing)}", QUIET)
    if closing.kind == Kind.STEP_FAILED:
        return Words(_failure(closing), BAD)
    if node.timer is not None:
        return Words(f"waited {duration(closing.at - node.timer.at)}", QUIET)
    if is_receipt(closing):
        return Words("received", QUIET)
    if node.name.startswith("start "):
        return Words(value_of(closing).strip('"'), QUIET)
    tries = len(node.attempts)
    after = f", after {tries:,} failed {'try' if tries == 1 else 'tries'}" if tries else ""
    left = ", but its caller was stopped before it got the result" if node.left else ""
    return Words(f"{duration(closing.took)}{after}{left}", QUIET)


def attempt(event: Event, number: int) -> Words:
    """Return what became of one try that failed and was followed by another."""
    return Words(f"try {number}, {duration(event.took)}: {_cause(event)}", QUIET)


def event_words(event: Event) -> Words:
    """Return what one event of a journal says."""
    if event.kind in _FIXED:
        return _FIXED[event.kind]
    say = _SAID.get(event.kind)
    return Words(plain(event.kind), QUIET) if say is None else say(event)


def error_lines(event: Event) -> tuple[str, str]:
    """Return the message and the traceback of how a run failed, was cancelled or was parked."""
    facts = facts_of(event)
    message, reason = str(facts.get("message", "")), facts.get("reason")
    return f"{message} Reason: {reason}" if reason else message, str(facts.get("trace", ""))


def _value(node: Node, closing: Event) -> str:
    is_moment = node.name.partition("#")[0] == "now" and closing.body.isdigit()
    return local_time(int(closing.body)) if is_moment else value_of(closing)


def _open_state(node: Node, now: int) -> Words:
    if node.timer is not None:
        return Words(_until(node.timer, now), ASLEEP)
    tries = node.attempts
    if tries:
        return Words(
            f"try {len(tries) + 1} {_again(tries[-1], now)}; the last one failed: {_cause(tries[-1])}", "yellow"
        )
    return Words("gets other arguments, by whoever forked the run", ASLEEP)


def _scope_state(node: Node) -> Words:
    branches = [child for child in node.children.values() if child.name.startswith("[")]
    if not branches:
        return Words("", QUIET)
    failed = sum(any(below.failed for below in branch.walk()) for branch in branches)
    count = f"{len(branches):,} branch{'' if len(branches) == 1 else 'es'}"
    return Words(f"{count}, {failed:,} failed", BAD) if failed else Words(count, QUIET)


def _failure(event: Event) -> str:
    tried = facts_of(event).get("tried")
    after = f" after {tried} tries" if isinstance(tried, int) and tried > 1 else ""
    return f"failed{after}: {_cause(event)}"


def _cause(event: Event) -> str:
    facts = facts_of(event)
    return plain(str(facts.get("cause") or facts.get("message") or "no cause was recorded"))


def _again(event: Event, now: int) -> str:
    due = facts_of(event).get("next_at")
    return distance(due, now) if isinstance(due, int) and due > now else "now"


def _until(event: Event, now: int) -> str:
    try:
        due = int(event.body)
    except ValueError:
        return "waits"
    return f"until {local_time(due)} ({distance(due, now)})"


def _done(event: Event) -> Words:
    if is_receipt(event):
        return Words("received", GOOD)
    return Words(f"done in {duration(event.took)}" if event.took else "done", GOOD)


def _resumed(event: Event) -> Words:
    why = plain(str(facts_of(event).get("why") or ""))
    return Words(f"resumed: {why}" if why else "resumed", BUSY)


def _forked(event: Event) -> Words:
    return Words(plain(f"forked from {facts_of(event).get('from')}; what stands above was taken over"), BUSY)


def _cancelled(event: Event) -> Words:
    reason = plain(str(facts_of(event).get("reason") or ""))
    return Words(f"cancelled: {reason}" if reason else "cancelled", "yellow")


def _parked(event: Event) -> Words:
    first, _, _ = error_lines(event)[0].partition("\n")
    return Words(f"parked: {plain(first)}", "magenta")


def _retried(event: Event) -> Words:
    return Words(f"failed, is tried again {_again(event, event.at)}: {_cause(event)}", "yellow")


_FIXED: Mapping[str, Words] = {
    Kind.STARTED: Words("started", QUIET),
    Kind.DONE: Words("done", GOOD),
    Kind.CANCEL: Words("asked to stop", "yellow"),
    Kind.DEADLINE: Words("its deadline has passed", BAD),
    Kind.LEFT: Words("its caller was stopped before it got the result", QUIET),
    Kind.EDITED: Words("gets other arguments, by whoever forked the run", QUIET),
}
_SAID: Mapping[str, Callable[[Event], Words]] = {
    Kind.STEP: _done,
    Kind.STEP_FAILED: lambda event: Words(_failure(event), BAD),
    Kind.ATTEMPT: _retried,
    Kind.VALUE: lambda event: Words(f"= {value_of(event)}", QUIET),
    Kind.TIMER: lambda event: Words(_until(event, event.at), ASLEEP),
    Kind.RESUMED: _resumed,
    Kind.FORKED: _forked,
    Kind.CANCELLED: _cancelled,
    Kind.FAILED: lambda event: Words(f"failed: {_cause(event)}", BAD),
    Kind.PARKED: _parked,
}
