"""What a run waits for, as far as its journal tells."""

from dataclasses import replace

from stratum import Kind, Status
from stratum.cli.options import Place
from stratum.cli.tree import build_tree
from stratum.cli.waiting import Wait, advice, waits_for
from stratum.cli.words import local_time
from tests.cli.journal_rows import NOW, ROW, event

WAITING = replace(ROW, status=Status.WAITING)
EVENTS = [
    event(Kind.TIMER, "map f[0]/sleep", NOW + 1_000),
    event(Kind.TIMER, "wait go#2", NOW + 2_000),
    event(Kind.ATTEMPT, "fetch", {"cause": "x", "next_at": NOW + 3_000}),
    event(Kind.TIMER, "sleep", NOW),
    event(Kind.STEP, "sleep"),
]


def test_open_calls_are_what_a_run_waits_in() -> None:
    assert waits_for(WAITING, build_tree(EVENTS)) == [
        Wait("map f[0]/sleep", "time", NOW + 1_000),
        Wait("wait go#2", "signal", NOW + 2_000, "go"),
        Wait("fetch", "retry", NOW + 3_000),
    ]


def test_a_run_that_is_over_or_parked_waits_for_nothing() -> None:
    tree = build_tree(EVENTS)
    assert waits_for(replace(ROW, status=Status.FAILED, ended_at=NOW), tree) == []
    assert waits_for(replace(ROW, status=Status.PARKED), tree) == []


def test_waits_are_said_in_words_and_for_programs() -> None:
    until = f"until {local_time(NOW + 2_000)} (in 2.0 s)"
    assert (
        Wait("a/wait go", "signal", NOW + 2_000, "go").sentence(NOW) == f"a/wait go: waits for the signal 'go' {until}"
    )
    assert Wait("fetch", "retry", None).sentence(NOW) == "fetch: waits for its next try"
    assert Wait("result x", "child", None).sentence(NOW) == "result x: waits for the end of a child run (result x)"
    assert Wait("sleep", "time", NOW).shape() == {
        "call": "sleep", "kind": "time", "until": "2027-01-15T08:00:00.000Z", "signal": None,
    }  # fmt: skip


def test_each_signal_that_is_waited_for_can_be_answered() -> None:
    waits = [Wait("a", "signal", None, "go"), Wait("b", "signal", None, "go"), Wait("c", "signal", None, "a b")]
    assert advice(WAITING, waits, Place(), taken=True, full=False) == [
        "Answer it: stratum signal run_1 go JSON",
        "Answer it: stratum signal run_1 'a b' JSON",
    ]


def test_a_wait_for_a_child_is_told_from_others() -> None:
    tree = build_tree([event(Kind.TIMER, "result greet", None)])
    assert waits_for(WAITING, tree) == [Wait("result greet", "child", None)]
