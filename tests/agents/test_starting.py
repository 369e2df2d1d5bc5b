"""Turning an agent, its arguments and its options into a run to start."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stratum import Agent, App, InvalidInput, Run
from stratum.agents import StartOptions, check_name, new_run
from stratum.runs import PRIORITY_MAX, NewRun

NOW = 1_800_000_000_000


def greeter(**options: Any) -> Agent[Any, str]:
    @App("greet").agent(**options)
    async def greet(run: Run, name: str, times: int = 1) -> str:
        return name * times

    return greet


def started(agent: Agent[Any, Any], options: StartOptions | None = None, **arguments: Any) -> NewRun:
    return new_run(agent, arguments, options or StartOptions(), tenant="acme", run_id="r-1", now=NOW)


def test_a_run_has_what_its_agent_says_of_it() -> None:
    run = started(greeter(version="7", queue="slow", priority=3, deadline=timedelta(minutes=1)), name="Ada")
    assert (run.tenant, run.id, run.agent, run.version, run.queue) == ("acme", "r-1", "greet", "7", "slow")
    assert (run.priority, run.deadline, run.start_at, run.limit_key) == (3, NOW + 60_000, None, "")


def test_what_the_caller_says_goes_before_what_the_agent_says() -> None:
    options = StartOptions(
        priority=0, deadline=timedelta(seconds=1), key="customer 7", at=datetime(2030, 1, 1, tzinfo=UTC)
    )
    run = started(greeter(priority=3, deadline=timedelta(minutes=1)), options, name="Ada")
    assert (run.priority, run.deadline, run.limit_key) == (0, NOW + 1_000, "customer 7")
    assert run.start_at == 1_893_456_000_000


def test_a_default_written_out_is_the_same_input_and_another_value_is_not() -> None:
    agent = greeter()
    assert started(agent, name="Ada").input_hash == started(agent, times=1, name="Ada").input_hash
    assert started(agent, name="Ada").input_hash != started(agent, name="Ada", times=2).input_hash


@pytest.mark.parametrize(
    ("arguments", "path"),
    [({}, r"\$\.name"), ({"name": 3}, r"\$\.name"), ({"name": "Ada", "age": 3}, r"\$\.age")],
    ids=["missing", "of another type", "unknown"],
)
def test_an_argument_that_does_not_fit_is_refused_with_its_path(arguments: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput, match=path):
        started(greeter(), **arguments)


@pytest.mark.parametrize("priority", [-PRIORITY_MAX - 1, PRIORITY_MAX + 1])
def test_a_priority_out_of_range_is_refused_with_the_range(priority: int) -> None:
    with pytest.raises(InvalidInput, match="give -1000 to 1000"):
        started(greeter(), StartOptions(priority=priority), name="Ada")


@pytest.mark.parametrize("deadline", [timedelta(0), timedelta(seconds=-1)])
def test_a_deadline_that_is_over_before_it_begins_is_refused(deadline: timedelta) -> None:
    with pytest.raises(InvalidInput, match="over before it begins"):
        started(greeter(), StartOptions(deadline=deadline), name="Ada")


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "\x00", "x" * 1_000])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be a queue: give 1 to"):
        check_name("queue", name)


def test_a_name_may_be_any_printable_text() -> None:
    assert check_name("queue", "Köln, 東京 #7") == "Köln, 東京 #7"


def test_a_start_time_without_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        options = StartOptions(at=datetime(2030, 1, 1))  # noqa: DTZ001 - a time without zone is what is tested
        run = started(greeter(), options, name="Ada")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert run.start_at == 1_893_456_000_000
