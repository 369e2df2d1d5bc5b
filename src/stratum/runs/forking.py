"""Where a fork begins and what is edited in it: pure work on a journal."""

from collections.abc import Sequence
from dataclasses import dataclass

from stratum.kernel.codec import decode, encode, fingerprint
from stratum.runs.errors import Refused
from stratum.runs.records import Draft, Event, Kind
from stratum.runs.rows.operate import Fork

_KEEPS = frozenset({Kind.STARTED, Kind.STEP, Kind.STEP_FAILED, Kind.ATTEMPT, Kind.VALUE, Kind.TIMER, Kind.EDITED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """What differs in a fork. Texts are JSON."""

    step: str | None = None
    """The key of the first step that is not taken over, such as ``poll 2/read``; by default everything recorded is."""
    input: str | None = None
    """Another input of the run."""
    args: str | None = None
    """Other arguments of ``step``, as a list."""
    result: str | None = None
    """A result of ``step``, which is then not carried out."""


def plan_fork(events: Sequence[Event], edits: Edits, *, tenant: str, source: str, run_id: str) -> Fork:
    """Return the fork of a run.

    Raises:
        Refused: the run has no such step, or the edits need one.
    """
    if edits.step is None and (edits.args is not None or edits.result is not None):
        message = "Arguments or a result are edited of a step: say of which, with its key in `stratum show`."
        raise Refused(message)
    if edits.args is not None and edits.result is not None:
        message = f"Step {edits.step!r} cannot get both other arguments and a given result: choose one."
        raise Refused(message)
    kept = _prefix(events, edits.step, source)
    drafts = [Draft(e.kind, e.key, e.position, e.args_hash, e.body, e.took) for e in kept if e.kind in _KEEPS]
    if edits.input is not None:
        drafts[0] = drafts[0]._replace(body=edits.input, args_hash=fingerprint(decode(edits.input)))
    drafts += _edited(events, edits)
    children = _open_children(kept)
    return Fork(
        tenant=tenant,
        source=source,
        id=run_id,
        events=(*drafts, Draft(Kind.FORKED, "", 0, "", encode({"from": source, "step": edits.step}))),
        children=children,
        input_hash=drafts[0].args_hash,
    )


def _prefix(events: Sequence[Event], step: str | None, source: str) -> list[Event]:
    if step is None:
        return list(events)
    for number, event in enumerate(events):
        if event.key == step:
            return list(events[:number])
    steps = ", ".join(repr(key) for key in dict.fromkeys(event.key for event in events) if key)[:400]
    message = f"Run {source} has no step {step!r}; it has: {steps or 'none'}."
    raise Refused(message)


def _edited(events: Sequence[Event], edits: Edits) -> list[Draft]:
    event = next((event for event in events if edits.step is not None and event.key == edits.step), None)
    if event is None:
        return []
    if edits.result is not None:
        return [Draft(Kind.STEP, event.key, event.position, event.args_hash, edits.result)]
    if edits.args is not None:
        return [Draft(Kind.EDITED, event.key, event.position, event.args_hash, edits.args)]
    return []


def _open_children(kept: Sequence[Event]) -> tuple[str, ...]:
    """Return the children that were started and whose end was not recorded."""
    started = [str(decode(e.body)) for e in kept if e.kind == Kind.STEP and _name(e.key).startswith("start ")]
    awaited = {e.args_hash for e in kept if _name(e.key).startswith("result ")}
    return tuple(child for child in started if fingerprint(child) not in awaited)


def _name(key: str) -> str:
    return key.rpartition("/")[2]
