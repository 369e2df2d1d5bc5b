"""What a journal says has been done, and how a change of the code is noticed and shown."""

import pytest

from stratum.runs import Event, Kind, Mismatch
from stratum.runs.replay import Replay


def event(seq: int, key: str, position: int, *, kind: str = Kind.STEP, args_hash: str = "h") -> Event:
    return Event(seq, kind, key, position, args_hash, "null", 0, 0)


def recorded(*keys: str) -> Replay:
    return Replay("run_1", [event(seq, key, seq - 1) for seq, key in enumerate(keys, 1)])


def test_a_call_is_found_with_its_result_and_what_it_tried() -> None:
    replay = Replay(
        "run_1",
        [
            event(1, "fetch", 0, kind=Kind.ATTEMPT),
            event(2, "fetch", 0, kind=Kind.ATTEMPT),
            event(3, "fetch", 0),
            event(4, "wait", 1, kind=Kind.TIMER),
        ],
    )
    fetch = replay.call("", "fetch", 0, "h")
    wait = replay.call("", "wait", 1, "h")
    assert fetch is not None
    assert wait is not None
    assert fetch.closing is not None
    assert fetch.closing.seq == 3
    assert [attempt.seq for attempt in fetch.attempts] == [1, 2]
    assert wait.closing is None
    assert wait.opening is not None
    assert wait.opening.seq == 4


def test_a_call_that_was_never_recorded_is_new() -> None:
    assert Replay("run_1", []).call("", "fetch", 0, "h") is None
    assert recorded("fetch").call("", "fetch#2", 1, "h") is None


def test_a_value_counts_as_a_result_but_has_no_turn() -> None:
    replay = Replay("run_1", [event(1, "now", 0, kind=Kind.VALUE), event(2, "fetch", 1)])
    now = replay.call("", "now", 0, "h")
    assert now is not None
    assert now.closing is not None
    assert [turn.key for turn in replay.order] == ["fetch"]


def test_failures_cancellations_and_deadlines_have_their_turns_too() -> None:
    kinds = [Kind.STARTED, Kind.ATTEMPT, Kind.STEP_FAILED, Kind.CANCEL, Kind.DEADLINE, Kind.RESUMED]
    replay = Replay("run_1", [event(seq, "fetch", 0, kind=kind) for seq, kind in enumerate(kinds, 1)])
    assert [turn.kind for turn in replay.order] == [Kind.STEP_FAILED, Kind.CANCEL, Kind.DEADLINE]


def test_an_inserted_call_is_refused_and_the_message_shows_both_sides() -> None:
    with pytest.raises(Mismatch) as caught:
        recorded("fetch", "parse").call("", "check", 0, "h")
    message = caught.value.message
    assert "Run run_1 cannot go on: the journal has 'fetch' in this place." in message
    assert "0: fetch\n      1: parse" in message
    assert "called at place 0: 'check'" in message
    assert "run.changed()" in message


def test_a_moved_call_is_refused_with_the_place_where_it_was() -> None:
    with pytest.raises(Mismatch, match="the journal has 'parse' at place 1"):
        recorded("fetch", "parse").call("", "parse", 0, "h")


def test_a_renamed_call_is_refused_with_the_name_that_it_had() -> None:
    replay = recorded("fetch", "parse")
    replay.call("", "fetch", 0, "h")
    with pytest.raises(Mismatch, match="the journal has 'parse' in this place"):
        replay.call("", "read", 1, "h")


def test_changed_arguments_are_refused() -> None:
    with pytest.raises(Mismatch, match="'fetch' was recorded with other arguments"):
        recorded("fetch").call("", "fetch", 0, "other")


def test_a_call_of_another_scope_is_looked_for_in_that_scope_alone() -> None:
    replay = recorded("fetch", "part/fetch")
    assert replay.call("other/", "other/check", 0, "h") is None
    with pytest.raises(Mismatch, match="recorded in scope 'part/'"):
        replay.call("part/", "part/check", 1, "h")


def test_the_message_shows_the_neighbourhood_and_not_a_whole_long_journal() -> None:
    with pytest.raises(Mismatch) as caught:
        recorded(*(f"step {number}" for number in range(1_000))).call("", "odd", 500, "h")
    assert "500: step 500" in caught.value.message
    assert len(caught.value.message.splitlines()) < 15


def test_the_first_call_that_the_code_has_not_made_is_named() -> None:
    replay = recorded("fetch", "parse", "save")
    replay.call("", "fetch", 0, "h")
    assert replay.unreached() == "parse"
    error = replay.left_out("parse")
    assert "the code no longer calls 'parse'" in error.message
    assert "called at place 1: nothing more" in error.message


def test_nothing_is_unreached_once_all_calls_were_made() -> None:
    replay = recorded("fetch")
    replay.call("", "fetch", 0, "h")
    assert replay.unreached() is None


def test_a_result_that_its_caller_left_has_no_turn() -> None:
    replay = Replay("run_1", [event(1, "slow", 0), event(2, "slow", 0, kind=Kind.LEFT), event(3, "fast", 1)])
    slow = replay.call("", "slow", 0, "h")
    assert slow is not None
    assert slow.left
    assert [turn.key for turn in replay.order] == ["fast"]
    assert slow.closing is not None
    assert replay.was_left(slow.closing)
    assert not replay.was_left(replay.order[0])


def test_a_cancelled_branch_is_excused_from_its_calls_and_gives_up_their_results() -> None:
    replay = Replay(
        "run_1",
        [
            event(1, "gather[0]/a", 0),
            event(2, "gather[0]/b", 1),
            event(3, "gather[0]/b", 1, kind=Kind.LEFT),
            event(4, "gather[0]/c", 2, kind=Kind.TIMER),
            event(5, "gather[1]/a", 0),
        ],
    )
    assert replay.excuse("gather[0]/") == [1]
    assert replay.unreached() == "gather[1]/a"
    assert replay.excuse("gather[0]/") == []


def test_a_place_is_known_by_its_key_and_its_scope() -> None:
    replay = recorded("fetch", "parse")
    assert replay.holds("", "parse", 1)
    assert not replay.holds("", "parse", 0)
    assert not replay.holds("part/", "parse", 1)


def test_a_scope_has_progress_until_its_recorded_calls_were_made() -> None:
    replay = Replay("run_1", [event(1, "part/deep/fetch", 0)])
    assert replay.has_progress("part/")
    assert not replay.has_progress("other/")
    replay.call("part/deep/", "part/deep/fetch", 0, "h")
    assert not replay.has_progress("part/")
