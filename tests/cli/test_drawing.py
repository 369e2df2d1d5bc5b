"""The tree of a run's calls, as people see it."""

from dataclasses import replace

from stratum import Event, Kind, RunRow
from stratum.cli.drawing import SHOWN_OF_MANY, draw
from stratum.cli.tree import build_tree
from tests.cli.journal_rows import NOW, ROW, event


def drawn(*events: Event, full: bool = False, row: RunRow = ROW) -> list[str]:
    """Return the lines without the moments, whose text depends on the machine's zone."""
    lines = [line.plain for line in draw(build_tree(events), row, NOW, full=full)]
    return [" ".join(part for part in line.split() if part.count(":") != 2) for line in lines]


def test_scopes_and_branches_nest() -> None:
    assert drawn(
        event(Kind.STEP, "a"),
        event(Kind.STEP, "map f[x]/a"),
        event(Kind.STEP, "map f[y]/a"),
        event(Kind.STEP, "map f[y]/b"),
        event(Kind.STEP, "scope/c"),
    ) == [
        "├── a 5 ms",
        "├── map f 2 branches",
        "│ ├── [x] a 5 ms",
        "│ └── [y]",
        "│ ├── a 5 ms",
        "│ └── b 5 ms",
        "└── scope",
        "└── c 5 ms",
    ]


def test_of_many_branches_the_first_and_the_last_are_shown_and_those_that_failed() -> None:
    events = [event(Kind.STEP, f"map f[{number}]/a") for number in range(100)]
    events[50] = event(Kind.STEP_FAILED, "map f[50]/a", {"cause": "bad"})
    lines = drawn(*events)
    assert len(lines) == SHOWN_OF_MANY + 4
    assert "│" not in lines[11]
    assert [line for line in lines if "more" in line or "failed:" in line] == [
        "├── … 40 more --full shows all",
        "├── [50] a failed: bad",
        "├── … 39 more --full shows all",
    ]
    assert len(drawn(*events, full=True)) == 200


def test_failed_tries_stand_below_a_call_that_failed_or_goes_on() -> None:
    tries = [event(Kind.ATTEMPT, "a", {"cause": "reset", "next_at": 0})] * 2
    failed = event(Kind.STEP_FAILED, "a", {"cause": "reset", "tried": 3})
    assert drawn(*tries, failed) == ["└── a failed after 3 tries: reset", "try 1, 5 ms: reset", "try 2, 5 ms: reset"]
    assert drawn(*tries)[1:] == ["try 1, 5 ms: reset", "try 2, 5 ms: reset"]
    assert drawn(*tries, event(Kind.STEP, "a")) == ["└── a 5 ms, after 2 failed tries"]


def test_results_are_shown_when_nothing_is_to_be_left_out() -> None:
    assert drawn(event(Kind.STEP, "a", {"b": 1}), full=True) == ["└── a 5 ms", '= {"b":1}']


def test_dates_are_left_out_on_the_first_day_and_given_on_later_ones() -> None:
    def line(at: int) -> str:
        return draw(build_tree([event(Kind.STEP, "a", at=at)]), ROW, NOW, full=False)[0].plain

    assert "-" not in line(NOW + 1).removeprefix("└── ")
    assert "2027-01-" in line(NOW + 2 * 86_400_000)


def test_columns_are_aligned_by_how_wide_letters_are() -> None:
    lines = [
        line.plain
        for line in draw(build_tree([event(Kind.STEP, "漢字"), event(Kind.STEP, "abcd")]), ROW, NOW, full=False)
    ]
    assert lines[0].index("5 ms") + 2 == lines[1].index("5 ms")


def test_names_are_made_safe() -> None:
    assert drawn(event(Kind.STEP, "map f[\x1b[2J]/a"))[1] == "└── [\\x1b[2J] a 5 ms"


def test_a_run_that_is_over_waits_for_nothing() -> None:
    timer = event(Kind.TIMER, "sleep", NOW + 60_000)
    assert drawn(timer, row=replace(ROW, ended_at=NOW)) == ["└── sleep was not finished"]
