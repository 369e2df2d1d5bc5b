"""stratum up: an app's runs are executed, until somebody asks to stop."""

import signal
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.postgres_server import PostgresServer


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_worker_executes_runs_and_stops_when_asked(shell: Shell, store: str, number: signal.Signals) -> None:
    run = shell.started("acme:greet")
    with shell.up("acme") as up:
        up.says("takes runs of acme: ask, broken, busy, greet, listen, many, parent")
        assert shell("tail", run).code == 0
        up.send_signal(number)
        assert up.ends() == 0
    assert up.said.endswith("stopped\n")
    assert up.out == ""


@pytest.mark.slow
def test_a_store_is_made_and_that_is_said(shell: Shell) -> None:
    with shell.up("acme") as up:
        up.says("sqlite:///stratum.db: applied store/0001_create")
        up.send_signal(signal.SIGTERM)
        assert up.ends() == 0
    assert Path("stratum.db").exists()


@pytest.mark.slow
def test_agents_may_print_and_log(shell: Shell) -> None:
    module = Path("acme.py")
    text = module.read_text().replace(
        '    return f"Hello',
        '    print("printed")\n    import logging\n    logging.getLogger("mine").info("logged")\n    return f"Hello',
    )
    module.write_text(text)
    run = shell.started("acme:greet")
    with shell.up("acme") as up:
        assert shell("tail", run).code == 0
        up.send_signal(signal.SIGTERM)
        assert up.ends() == 0
    assert up.out == "printed\n"
    assert " logged\n" in up.said


@pytest.mark.crash
def test_a_second_signal_kills_and_another_worker_goes_on(shell: Shell) -> None:
    shell.started("acme:busy", "--id", "r1", "--input", '{"seconds": 60}')
    with shell.up("acme") as up:
        shell.until_status("r1", "running")
        up.send_signal(signal.SIGTERM)
        up.says("stopping: 1 run may finish a step, for 20 s; once more kills")
        up.send_signal(signal.SIGTERM)
        assert up.ends() == 128 + signal.SIGTERM
    with shell.up("acme") as up:
        up.says("is dead (its process is gone): its 1 runs go on elsewhere")
        shell("cancel", "r1")
        shell.until_status("r1", "cancelled")


@pytest.mark.crash
def test_a_killed_worker_loses_nothing(shell: Shell) -> None:
    shell.started("acme:ask", "--id", "r1")
    with shell.up("acme") as up:
        shell.until_status("r1", "waiting")
        up.send_signal(signal.SIGKILL)
        assert up.ends() == -signal.SIGKILL
    shell("signal", "r1", "answer", '"yes"')
    shell.work()
    assert shell("show", "r1", "--json").json["result"] == "yes"


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_a_step_that_does_not_end_is_left_behind_within_the_bound(shell: Shell) -> None:
    shell.started("acme:busy", "--id", "r1", "--input", '{"seconds": 300}')
    with shell.up("acme") as up:
        shell.until_status("r1", "running")
        up.send_signal(signal.SIGTERM)
        assert up.ends(within=40) == 0
    assert shell("show", "r1", "--json").json["run"]["status"] == "ready"


@pytest.mark.crash
def test_a_server_that_goes_away_is_waited_for_and_that_is_said(shell: Shell, private_postgres: PostgresServer) -> None:
    url = private_postgres.dsn
    with shell.up("acme", "--store", url) as up:
        up.says("takes runs of acme")
        private_postgres.stop("immediate")
        up.says("pauses: ")
        private_postgres.start()
        up.says("the store is back")
        run = shell.started("acme:greet", "--store", url)
        assert shell("tail", run, "--store", url).code == 0
        up.send_signal(signal.SIGTERM)
        assert up.ends() == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nothing"], 2, "There is no module 'nothing'"),
        (["acme:greet"], 2, "acme:greet is an agent"),
        (["acme", "--store", "postgresql://127.0.0.1:1/x"], 3, "The PostgreSQL server cannot be reached"),
        (["acme", "--store", "x"], 2, "'x' is not a store"),
    ],
)
def test_what_is_wrong_is_told_and_ends_it(shell: Shell, words: list[str], code: int, said: str) -> None:
    answer = shell("up", *words)
    assert answer.code == code
    assert said in answer.err
