"""One run for people: its facts, its tree, its children, its end, and what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass

from stratum import Event, Kind, RunRow, Status
from stratum.cli.drawing import draw
from stratum.cli.options import Place
from stratum.cli.output import Output
from stratum.cli.sentences import BAD, QUIET, error_lines, run_state, value_of
from stratum.cli.tree import Node
from stratum.cli.waiting import Wait, advice
from stratum.cli.words import counted, distance, local_time

_CHILDREN_SHOWN = 20
_ENDS = frozenset({Kind.FAILED, Kind.CANCELLED, Kind.PARKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """All that is known of one run."""

    row: RunRow
    events: Sequence[Event]
    root: Node
    children: Sequence[RunRow]
    waits: list[Wait]
    taken: bool
    """Whether a living worker takes such runs."""


def paint(output: Output, subject: Subject, place: Place, now: int, *, full: bool) -> None:
    """Print one run; ``full`` leaves nothing out."""
    _head(output, subject, now, full=full)
    if subject.root.children:
        output.row()
        for line in draw(subject.root, subject.row, now, full=full):
            output.row(line)
    _children(output, subject.children, now, full=full)
    _end(output, subject, full=full)
    _next(output, subject, place, now, full=full)


def _head(output: Output, subject: Subject, now: int, *, full: bool) -> None:
    row, state = subject.row, run_state(subject.row, now)
    output.words((row.id, "bold"), (row.agent, ""), (state.text, state.style))
    started = f"{local_time(row.created_at)} ({distance(row.created_at, now)})"
    output.fact("started", f"{started}, version {row.version}, queue {row.queue}, priority {row.priority}")
    output.fact("input", value_of(subject.events[0], full=full))
    if row.deadline is not None and row.ended_at is None:
        output.fact("deadline", f"{local_time(row.deadline)} ({distance(row.deadline, now)})")
    if row.parent is not None:
        output.fact("parent", row.parent)
    if row.losses:
        output.fact("lost", f"{counted(row.losses, 'worker')} in a row died while executing it", BAD)


def _children(output: Output, children: Sequence[RunRow], now: int, *, full: bool) -> None:
    if not children:
        return
    output.row()
    shown = children if full else children[:_CHILDREN_SHOWN]
    for place, child in enumerate(shown):
        state = run_state(child, now)
        output.fact("" if place else "children", f"{child.id}  {child.agent}  {state.text}", state.style)
    if len(shown) < len(children):
        output.fact("", f"… {len(children) - len(shown):,} more; --full shows all", QUIET)


def _end(output: Output, subject: Subject, *, full: bool) -> None:
    last = subject.events[-1]
    if last.kind == Kind.DONE:
        output.row()
        output.fact("result", value_of(last, full=full))
    elif last.kind in _ENDS:
        message, trace = error_lines(last)
        output.row()
        output.fact("error", message, BAD)
        if full and trace:
            output.block(trace, QUIET)
    elif subject.row.status is Status.PARKED and subject.row.reason:
        output.row()
        output.fact("error", subject.row.reason, BAD)


def _next(output: Output, subject: Subject, place: Place, now: int, *, full: bool) -> None:
    row = subject.row
    lines = [("waits", wait.sentence(now)) for wait in subject.waits]
    if row.status is Status.WAITING and not subject.waits:
        lines.append(("waits", "for a signal or for a child run"))
    lines += [("next", sentence) for sentence in advice(row, subject.waits, place, taken=subject.taken, full=full)]
    if lines:
        output.row()
    for label, sentence in lines:
        output.fact(label, sentence)
