"""stratum tail: a run's journal as it grows."""

import json

import pytest

from stratum import Event, Stratum, Unavailable
from stratum.app.operations import events_after
from tests.cli.shell import Shell, beside_a_worker


def test_a_run_is_followed_to_its_end(shell: Shell, store: str) -> None:
    shell.started("acme:many", "--id", "r1", "--input", '{"count": 1}')
    with beside_a_worker(store):
        answer = shell("tail", "r1")
    assert answer.code == 0
    said = [line.split("  ", 1)[-1] for line in answer.lines]
    assert said[0] == "many"
    assert said[1] == "started"
    assert said[2].startswith("map one[a%2Fn0]/hello  done")
    assert said[-2] == "done"
    assert said[-1].startswith("done in ")


def test_what_was_recorded_before_is_told_first(shell: Shell, store: str) -> None:
    shell.started("acme:broken", "--id", "r1")
    shell.work(store)
    answer = shell("tail", "r1")
    assert answer.code == 1
    assert sum("is tried again" in line for line in answer.lines) == 2
    assert "failed: ConnectionError: no route" in answer.lines[-2]
    assert answer.lines[-1].startswith("failed after")


def test_programs_get_one_event_a_line_and_the_run_at_the_end(shell: Shell, store: str) -> None:
    shell.started("acme:greet", "--id", "r1")
    shell.work(store)
    found = [json.loads(line) for line in shell("tail", "r1", "--json").lines]
    assert [(one["type"], one.get("kind")) for one in found] == [
        ("event", "started"), ("event", "step"), ("event", "done"), ("end", None),
    ]  # fmt: skip
    assert found[-1]["run"]["status"] == "done"


def test_a_run_that_grows_while_it_is_followed_is_told_on(shell: Shell, store: str) -> None:
    shell.started("acme:ask", "--id", "r1")
    shell.work(store)
    shell("signal", "r1", "answer", '"yes"')
    with beside_a_worker(store):
        lines = shell("tail", "r1").lines
    assert "wait answer  until" in lines[2]
    assert "wait answer  received" in lines[3]


def test_a_store_that_is_away_is_waited_for(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.started("acme:greet", "--id", "r1")
    shell.work()
    answers: list[Exception | None] = [Unavailable("The server is away."), Unavailable("The server is away."), None]

    async def failing(stratum: Stratum, run_id: str, seq: int) -> list[Event]:
        error = answers.pop(0) if answers else None
        if error is not None:
            raise error
        return await events_after(stratum, run_id, seq)

    monkeypatch.setattr("stratum.cli.tail.events_after", failing)
    monkeypatch.setattr("stratum.cli.tail._LOOK_SECONDS", 0.01)
    answer = shell("tail", "r1")
    assert answer.code == 0
    assert answer.err == "The server is away. Waiting for it.\n"
    assert len(answer.lines) == 5
