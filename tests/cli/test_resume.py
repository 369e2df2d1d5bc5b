"""stratum resume: a parked run goes on."""

from pathlib import Path

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def parked(shell: Shell, store: str) -> str:
    """A run whose code has changed under it."""
    shell.started("acme:ask", "--id", "r1")
    shell.work(store)
    shell("signal", "r1", "answer", '"yes"')
    module = Path("acme.py")
    module.write_text(module.read_text().replace('run.wait("answer", str', 'run.wait("reply", str'))
    shell.forget_app()
    shell.work(store)
    assert shell("show", "r1", "--json").json["run"]["status"] == "parked"
    return "r1"


def test_a_run_goes_on_once_its_cause_is_mended(shell: Shell, store: str, parked: str) -> None:
    module = Path("acme.py")
    module.write_text(module.read_text().replace('run.wait("reply", str', 'run.wait("answer", str'))
    shell.forget_app()
    answer = shell("resume", parked, "--reason", "put the old code back")
    assert (answer.code, answer.out) == (0, f"Run {parked} goes on.\n")
    shell.work(store)
    assert shell("show", parked, "--json").json["result"] == "yes"
    assert "resumed: put the old code back" in shell("tail", parked).out


def test_programs_learn_the_new_state(shell: Shell, parked: str) -> None:
    assert shell("resume", parked, "--json").json == {"id": parked, "status": "ready"}


def test_a_terminal_is_told_when_nobody_takes_the_run(shell: Shell, parked: str) -> None:
    assert "No living worker takes runs of agent 'ask' now" in shell.in_terminal("resume", parked, columns=200).err


def test_a_run_that_is_not_parked_cannot_be_resumed(shell: Shell) -> None:
    shell.started("acme:greet", "--id", "r1")
    answer = shell("resume", "r1")
    assert answer.code == 1
    assert "Run r1 is ready, not parked" in answer.err
