"""stratum cancel: a run is asked to stop."""

from tests.cli.shell import Shell


def test_a_run_that_waits_is_stopped(shell: Shell, store: str) -> None:
    shell.started("acme:ask", "--id", "r1")
    shell.work(store)
    answer = shell("cancel", "r1", "--reason", "not needed")
    assert (answer.code, answer.out) == (0, "Asked run r1 to stop.\n")
    shell.work(store)
    found = shell("show", "r1", "--json").json
    assert found["run"]["status"] == "cancelled"
    assert found["error"]["reason"] == "not needed"


def test_a_run_that_has_ended_is_left_as_it_is(shell: Shell, store: str) -> None:
    shell.started("acme:greet", "--id", "r1")
    shell.work(store)
    answer = shell("cancel", "r1")
    assert (answer.code, answer.out) == (0, "Run r1 had already ended (done); there was nothing to stop.\n")


def test_programs_learn_whether_the_run_was_asked(shell: Shell) -> None:
    shell.started("acme:greet", "--id", "r1")
    assert shell("cancel", "r1", "--json").json == {"id": "r1", "asked": True, "status": "ready"}
