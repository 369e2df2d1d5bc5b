"""Runs, calls and events in plain words, each with the colour that it is shown in."""

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

_ENDINGS = {Kind.DONE: GOOD, Kind.FAILED: BAD, Kind.CANCELLED: "yellow", Kind.PARKED: "magenta"}


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
    simple = {
        Kind.STARTED: Words("started", QUIET),
        Kind.CANCEL: Words("asked to stop", "yellow"),
        Kind.DEADLINE: Words("its deadline has passed", BAD),
        Kind.LEFT: Words("its caller was stopped before it got the result", QUIET),
        Kind.EDITED: Words("gets other arguments, by whoever forked the run", QUIET),
    }
    kind = Kind(event.kind) if event.kind in Kind.__members__.values() else None
    if kind is None:
        return Words(plain(event.kind), QUIET)
    if kind in simple:
        return simple[kind]
    if kind is Kind.RESUMED:
        why = str(facts_of(event).get("why") or "")
        return Words(plain(f"resumed: {why}" if why else "resumed"), BUSY)
    if kind is Kind.FORKED:
        return Words(plain(f"forked from {facts_of(event).get('from')}; what stands above was taken over"), BUSY)
    if kind in _ENDINGS:
        said = _why(event, kind)
        return Words(f"{kind}: {said}" if said else str(kind), _ENDINGS[kind])
    if kind is Kind.ATTEMPT:
        return Words(f"failed, is tried again {_again(event, event.at)}: {_cause(event)}", "yellow")
    if kind is Kind.TIMER:
        return Words(_until(event, event.at), ASLEEP)
    if kind is Kind.STEP_FAILED:
        return Words(_failure(event), BAD)
    if kind is Kind.VALUE:
        return Words(f"= {value_of(event)}", QUIET)
    return Words("received" if is_receipt(event) else f"done in {duration(event.took)}", GOOD)


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


def _why(event: Event, kind: Kind) -> str:
    """Say why a run ended or was parked; nothing where it is done."""
    if kind is Kind.DONE:
        return ""
    return plain(str(facts_of(event).get("reason") or "")) if kind is Kind.CANCELLED else _cause(event)
