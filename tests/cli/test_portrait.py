"""One run for people, where a store cannot easily be brought to the state."""

from dataclasses import replace

import pytest

from stratum import Kind, Status
from stratum.cli.options import Place
from stratum.cli.output import Output
from stratum.cli.portrait import Subject, paint
from stratum.cli.tree import build_tree
from stratum.cli.waiting import waits_for
from tests.cli.journal_rows import NOW, ROW, event

STARTED = event(Kind.STARTED, "", {})


def painted(subject: Subject, capsys: pytest.CaptureFixture[str], *, full: bool = False) -> str:
    paint(Output(), subject, Place(), NOW, full=full)
    return capsys.readouterr().out


def subject_of(*events: object, **changes: object) -> Subject:
    row = replace(ROW, **changes)  # type: ignore[arg-type]  # the fields of a run's state
    found = [STARTED, *events]
    root = build_tree(found)  # type: ignore[arg-type]  # events, as above
    return Subject(row=row, events=found, root=root, children=[], waits=waits_for(row, root), taken=True)  # type: ignore[arg-type]  # events, as above


def test_a_parked_run_is_shown_with_the_cause_and_both_ways_on(capsys: pytest.CaptureFixture[str]) -> None:
    parked = event(Kind.PARKED, "", {"message": "It cannot go on:\n    1: fetch"})
    timer = event(Kind.TIMER, "sleep", NOW + 1_000)
    out = painted(subject_of(timer, parked, status=Status.PARKED), capsys)
    assert "  error    It cannot go on:\n               1: fetch\n" in out
    assert "stratum resume run_1" in out
    assert "stratum cancel run_1" in out
    assert "  waits" not in out


def test_a_run_that_was_parked_without_an_event_is_shown_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    out = painted(subject_of(status=Status.PARKED, reason="imported"), capsys)
    assert "  error    imported\n" in out


def test_workers_that_died_and_a_deadline_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    out = painted(subject_of(losses=2, deadline=NOW + 60_000, parent="run_0"), capsys)
    assert "  lost     2 workers in a row died while executing it\n" in out
    assert "(in 1 min)\n" in out
    assert "  parent   run_0\n" in out


def test_a_wait_that_left_no_trace_is_told_in_general(capsys: pytest.CaptureFixture[str]) -> None:
    assert "  waits    for a signal or for a child run\n" in painted(subject_of(status=Status.WAITING), capsys)


def test_of_many_children_the_first_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    subject = replace(subject_of(), children=[replace(ROW, id=f"run_1.{number}") for number in range(30)])
    assert "  children run_1.0  greet  ready" in painted(subject, capsys)
    assert "… 10 more; --full shows all" in painted(subject, capsys)
    assert "run_1.29" in painted(subject, capsys, full=True)
