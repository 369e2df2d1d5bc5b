"""Plain words: safe texts, durations, moments."""

import time
from collections.abc import Iterator

import pytest

from stratum.cli.words import counted, distance, duration, iso, listed, local_clock, local_time, plain, short_time

MOMENT = 1_800_000_000_123


@pytest.fixture(autouse=True)
def _far_from_utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("naïve 漢字 ✓", "naïve 漢字 ✓"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("bell\x07 \x9b1m", "bell\\x07 \\x9b1m"),
        ("right\u202eleft", "right\\u202eleft"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("tab\tand\N{NO-BREAK SPACE}space", "tab and space"),
        ("two\n   lines\r\nand three", "two lines and three"),
        ("alone\ud800", "alone\\ud800"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
    ],
)
def test_nothing_that_a_terminal_acts_on_is_left_in_a_text(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (-5, "0 ms"),
        (0, "0 ms"),
        (999, "999 ms"),
        (1_000, "1.0 s"),
        (9_940, "9.9 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (185_000, "3 min 5 s"),
        (7_260_000, "2 h 1 min"),
        (90_000_000, "1 d 1 h"),
        (400 * 86_400_000, "400 d"),
    ],
)
def test_durations_are_said_as_people_say_them(milliseconds: int, said: str) -> None:
    assert duration(milliseconds) == said


def test_moments_are_told_by_their_distance() -> None:
    assert distance(MOMENT, MOMENT + 185_000) == "3 min 5 s ago"
    assert distance(MOMENT + 2_000, MOMENT) == "in 2.0 s"
    assert distance(MOMENT, MOMENT + 10) == "just now"


def test_people_get_their_own_time_and_programs_utc() -> None:
    assert local_time(MOMENT) == "2027-01-15 13:30:00"
    assert local_clock(MOMENT) == "13:30:00.123"
    assert short_time(MOMENT, MOMENT + 1) == "13:30:00"
    assert short_time(MOMENT, MOMENT + 86_400_000) == "2027-01-15 13:30:00"
    assert iso(MOMENT) == "2027-01-15T08:00:00.123Z"
    assert iso(None) is None


def test_numbers_agree_with_their_nouns() -> None:
    assert counted(1, "run") == "1 run"
    assert counted(1_200, "run") == "1,200 runs"


def test_of_many_names_the_first_few_are_listed() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(["a", "b", "c", "d"], most=2) == "a, b and 2 more"
