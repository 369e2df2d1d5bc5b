"""stratum doctor: a store is checked, and what is wrong is said with what to do."""

import pytest

from stratum import StratumError
from stratum.runs.rows import health
from stratum.store import StoreReadOnly
from tests.cli.shell import Shell, beside_a_worker


def faults(shell: Shell) -> list[str]:
    return [line for line in shell("doctor").lines if not line.startswith("ok")]


def test_a_healthy_store_is_said_to_be_well(shell: Shell, store: str) -> None:
    shell.started("acme:ask")
    shell.work(store)
    answer = shell("doctor")
    assert answer.code == 0
    assert {line.split()[0] for line in answer.lines[:-1]} == {"ok"}
    assert answer.lines[-1].endswith(": all is well.")


@pytest.mark.slow
def test_a_store_at_work_is_said_to_be_well(shell: Shell, store: str) -> None:
    with beside_a_worker(store):
        for number in range(20):
            shell.started("acme:many", "--id", f"r{number}")
            if number % 5 == 4:
                assert shell("doctor").code == 0, faults(shell)
    assert shell("doctor").code == 0


def test_a_warning_is_told_with_what_to_do_and_is_no_error(shell: Shell) -> None:
    shell.started("acme:greet")
    answer = shell("doctor")
    assert answer.code == 0
    (place,) = [number for number, line in enumerate(answer.lines) if line.startswith("warning ")]
    assert "no living worker takes them: greet (queue default)." in answer.lines[place]
    assert answer.lines[place + 1].strip() == "Start a worker that has the agent: stratum up APP."
    assert answer.lines[-1] == "sqlite:///stratum.db: 1 warning."


def test_an_error_is_an_exit_code(shell: Shell) -> None:
    shell.started("acme:greet", "--id", "r1")
    shell.work()
    shell.sql("DELETE FROM run_event WHERE run_id = 'r1' AND seq = 2")
    answer = shell("doctor")
    assert answer.code == 1
    (line,) = [line for line in answer.lines if line.startswith("error ")]
    assert "journals       With a gap (1): r1" in line
    assert answer.lines[-1] == "sqlite:///stratum.db: 1 error."


def test_programs_get_each_finding(shell: Shell) -> None:
    shell.started("acme:greet")
    found = shell("doctor", "--json").json
    assert found["healthy"] is True
    findings = {finding["check"]: finding for finding in found["findings"]}
    assert findings["ready runs"]["level"] == "warning"
    assert findings["ready runs"]["advice"].startswith("Start a worker")
    assert findings["journals"] == {
        "check": "journals",
        "level": "ok",
        "message": "1 looked at, none has a gap.",
        "advice": "",
    }


def test_an_old_store_is_checked_no_further(shell: Shell) -> None:
    shell("migrate")
    shell.sql("DELETE FROM store_migration WHERE capability = 'memory'")
    answer = shell("doctor")
    assert answer.code == 0
    assert "warning schema         It lacks memory/0001_create" in answer.lines[0]
    assert len(answer.lines) == 3


def test_a_store_that_takes_no_writes_is_checked_to_the_end(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(_: object) -> None:
        message = "The database takes no writes."
        raise StoreReadOnly(message)

    shell("migrate")
    monkeypatch.setattr("stratum.cli.checkup.try_writing", refused)
    answer = shell("doctor")
    assert answer.code == 1
    assert "error   writes         The database takes no writes." in answer.lines
    assert any(line.startswith("ok      journals") for line in answer.lines)


def test_a_store_that_goes_away_ends_the_check_up(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_: object) -> None:
        message = "It went away."
        raise StratumError(message)

    shell("migrate")
    monkeypatch.setattr("stratum.cli.checkup.ask_vitals", away)
    answer = shell("doctor")
    assert answer.code == 1
    assert answer.lines[-2] == "error   store          It went away."


def test_much_to_look_at_is_looked_at_in_parts_with_a_bar(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "JOURNALS_AT_ONCE", 2)
    for _ in range(5):
        shell.started("acme:greet")
    assert "5 looked at" in shell("doctor").out
    answer = shell.in_terminal("doctor")
    assert "journals" in answer.err
    assert "5 looked at" in answer.out
