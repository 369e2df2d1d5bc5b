"""Runs, calls and events in plain words."""

from dataclasses import replace

import pytest

from stratum import Event, Kind, RunRow, Status
from stratum.cli.sentences import VALUE_CHARS_MAX, call_state, error_lines, event_words, run_state, value_of
from stratum.cli.tree import Node, build_tree
from stratum.cli.words import local_time
from tests.cli.journal_rows import NOW, ROW, event


def node(*events: Event) -> Node:
    return next(iter(build_tree(events).children.values()))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW, "ready: waits for a worker"),
        (replace(ROW, status=Status.RUNNING), "running for 5.0 s, on worker_1"),
        (replace(ROW, status=Status.WAITING), "waiting"),
        (replace(ROW, status=Status.WAITING, wake_at=NOW + 60_000), "waiting, wakes in 1 min"),
        (replace(ROW, status=Status.PARKED), "parked: a person must look at it"),
        (replace(ROW, status=Status.DONE, ended_at=NOW - 3_000), "done in 2.0 s"),
        (replace(ROW, status=Status.FAILED, ended_at=NOW - 3_000), "failed after 2.0 s"),
        (replace(ROW, status=Status.CANCELLED, ended_at=NOW - 3_000), "cancelled after 2.0 s"),
    ],
)
def test_each_state_of_a_run_is_said_in_words(row: RunRow, said: str) -> None:
    assert run_state(row, NOW).text == said


FAILED_TRY = event(Kind.ATTEMPT, body={"cause": "ConnectionError: reset", "kind": "transient", "next_at": NOW + 2_000})
TIMER = event(Kind.TIMER, "sleep", NOW + 60_000, at=NOW - 1_000)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([event(Kind.STEP, took=50)], "50 ms"),
        ([FAILED_TRY, event(Kind.STEP, took=50)], "50 ms, after 1 failed try"),
        ([FAILED_TRY, FAILED_TRY, event(Kind.STEP, took=50)], "50 ms, after 2 failed tries"),
        ([FAILED_TRY], "try 2 in 2.0 s; the last one failed: ConnectionError: reset"),
        ([event(Kind.STEP_FAILED, body={"cause": "bad", "tried": 1})], "failed: bad"),
        ([event(Kind.STEP_FAILED, body={"cause": "bad", "tried": 3})], "failed after 3 tries: bad"),
        ([event(Kind.STEP_FAILED, body=None)], "failed: no cause was recorded"),
        ([event(Kind.VALUE, "id", "id_1")], '= "id_1"'),
        ([event(Kind.VALUE, "now", NOW)], f"= {local_time(NOW)}"),
        ([TIMER], f"until {local_time(NOW + 60_000)} (in 1 min)"),
        ([TIMER, event(Kind.STEP, "sleep")], "waited 1.0 s"),
        ([event(Kind.STEP, "wait answer", "yes")], "received"),
        ([event(Kind.STEP, "start greet", "run_1")], "run_1"),
        ([event(Kind.STEP, took=5), event(Kind.LEFT)], "5 ms, but its caller was stopped before it got the result"),
        ([event(Kind.EDITED, body=[1])], "gets other arguments, by whoever forked the run"),
        ([event(Kind.STEP, "map f[0]/a"), event(Kind.STEP, "map f[1]/a")], "2 branches"),
        ([event(Kind.STEP, "map f[0]/a"), event(Kind.STEP_FAILED, "map f[1]/a")], "2 branches, 1 failed"),
        ([event(Kind.STEP, "map f[0]/a")], "1 branch"),
        ([event(Kind.STEP, "scope/a")], ""),
    ],
)
def test_each_state_of_a_call_is_said_in_words(events: list[Event], said: str) -> None:
    assert call_state(node(*events), NOW, over=False).text == said


def test_a_call_that_was_open_when_its_run_ended_waits_no_more() -> None:
    assert call_state(node(TIMER), NOW, over=True).text == "was not finished"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (event(Kind.STARTED, "", {}), "started"),
        (event(Kind.STEP, took=50), "done in 50 ms"),
        (event(Kind.STEP, took=0), "done"),
        (event(Kind.STEP, "scope/wait answer"), "received"),
        (event(Kind.STEP_FAILED, body={"cause": "bad"}), "failed: bad"),
        (FAILED_TRY, "failed, is tried again in 2.0 s: ConnectionError: reset"),
        (event(Kind.VALUE, "random", 0.5), "= 0.5"),
        (TIMER, f"until {local_time(NOW + 60_000)} (in 1 min 1 s)"),
        (event(Kind.CANCEL, "", "why"), "asked to stop"),
        (event(Kind.DEADLINE, ""), "its deadline has passed"),
        (event(Kind.DONE, ""), "done"),
        (event(Kind.FAILED, "", {"cause": "bad", "message": "It is bad."}), "failed: bad"),
        (event(Kind.CANCELLED, "", {"reason": "not needed"}), "cancelled: not needed"),
        (event(Kind.CANCELLED, "", {"reason": ""}), "cancelled"),
        (event(Kind.PARKED, "", {"message": "It cannot go on.\n  because"}), "parked: It cannot go on."),
        (event(Kind.RESUMED, "", {"why": "mended"}), "resumed: mended"),
        (event(Kind.RESUMED, "", {"why": ""}), "resumed"),
        (event(Kind.FORKED, "", {"from": "r0"}), "forked from r0; what stands above was taken over"),
        (event("brand_new", ""), "brand_new"),
    ],
)
def test_each_event_is_said_in_words(found: Event, said: str) -> None:
    assert event_words(found).text == said


def test_every_kind_of_event_has_words_of_its_own() -> None:
    same = {kind for kind in Kind if event_words(event(kind, body=1)).text == kind}
    assert same == {Kind.STARTED, Kind.DONE, Kind.CANCELLED, Kind.RESUMED}


def test_texts_of_runs_are_made_safe() -> None:
    evil = "\x1b]0;title\x07"
    failed = event(Kind.STEP_FAILED, body={"cause": evil})
    assert "\x1b" not in call_state(node(failed), NOW, over=False).text
    assert "\x1b" not in event_words(failed).text
    assert "\x1b" not in event_words(event(Kind.CANCELLED, "", {"reason": evil})).text
    assert "\x1b" not in event_words(event(f"kind{evil}", "")).text


def test_a_long_value_is_cut_and_an_erased_one_is_said_to_be() -> None:
    long = event(Kind.STEP, body="x" * 1_000)
    assert value_of(long).endswith("… (1,002 characters)")
    assert len(value_of(long)) < VALUE_CHARS_MAX + 30
    assert len(value_of(long, full=True)) == 1_002
    assert value_of(long._replace(body="")) == "(erased)"


def test_an_end_gives_its_message_reason_and_traceback() -> None:
    assert error_lines(event(Kind.FAILED, "", {"message": "It broke.", "trace": "Traceback"})) == (
        "It broke.",
        "Traceback",
    )
    assert error_lines(event(Kind.CANCELLED, "", {"message": "Cancelled.", "reason": "old"})) == (
        "Cancelled. Reason: old",
        "",
    )


def test_a_body_that_is_not_what_it_should_be_stops_nothing() -> None:
    odd = Event(2, Kind.STEP_FAILED, "a", 1, "", "{", 0, NOW)
    assert call_state(node(odd), NOW, over=False).text == "failed: no cause was recorded"
    assert error_lines(odd) == ("", "")
    assert call_state(node(odd._replace(kind=Kind.TIMER, body="")), NOW, over=False).text == "waits"
