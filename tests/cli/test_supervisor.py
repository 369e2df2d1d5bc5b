"""Several worker processes: started, started again when one dies, and stopped together."""

import signal
from pathlib import Path

import psutil
import pytest

from stratum.cli.supervisor import ending, restart_delay
from tests.cli.shell import Running, Shell
from tests.postgres_server import wait_until_dead


def test_each_death_doubles_the_wait_up_to_a_bound() -> None:
    assert [restart_delay(deaths) for deaths in (1, 2, 3, 7, 8, 1_000)] == [0.5, 1.0, 2.0, 30.0, 30.0, 30.0]


def test_the_way_a_process_ended_is_said() -> None:
    assert ending(3) == "exit code 3"
    assert ending(-9) == "killed by SIGKILL"
    assert ending(-200) == "killed by signal 200"


def children(up: Running) -> list[psutil.Process]:
    return psutil.Process(up.pid).children()


@pytest.mark.crash
def test_a_process_that_dies_is_started_again_and_all_stop_together(shell: Shell) -> None:
    with shell.up("acme", "--workers", "2") as up:
        up.says("worker 1: worker_", "worker 2: worker_")
        first, second = children(up)
        first.kill()
        up.says("ended unasked (killed by SIGKILL); it is started again in 0.5 s")
        up.says("takes runs of acme")
        assert second.is_running()
        alive = children(up)
        assert len(alive) == 2
        run = shell.started("acme:greet")
        assert shell("tail", run).code == 0
        up.send_signal(signal.SIGTERM)
        assert up.ends() == 0
    assert not any(process.is_running() for process in alive)
    assert "worker 1: stopped" in up.said
    assert "worker 2: stopped" in up.said


@pytest.mark.crash
def test_processes_whose_supervisor_is_killed_stop_by_themselves(shell: Shell) -> None:
    with shell.up("acme", "--workers", "2") as up:
        up.says("worker 1: worker_", "worker 2: worker_")
        alive = children(up)
        up.send_signal(signal.SIGKILL)
        up.says("worker 1: stopped", "worker 2: stopped")
        wait_until_dead(alive, 20)


@pytest.mark.crash
def test_a_second_signal_kills_all_processes(shell: Shell) -> None:
    shell.started("acme:busy", "--id", "r1")
    with shell.up("acme", "--workers", "2") as up:
        up.says("worker 1: worker_", "worker 2: worker_")
        shell.until_status("r1", "running")
        alive = children(up)
        up.send_signal(signal.SIGINT)
        up.says("stopping 2 processes")
        up.send_signal(signal.SIGINT)
        assert up.ends() == 128 + signal.SIGINT
        wait_until_dead(alive, 20)


@pytest.mark.slow
def test_what_is_wrong_is_told_once_and_not_by_each_process(shell: Shell) -> None:
    Path("text.db").write_text("This is a text, and long enough to be looked at.\n" * 10)
    with shell.up("acme", "--workers", "3", "--store", "sqlite:///text.db") as up:
        assert up.ends() == 3
    assert up.said.count("is not a SQLite database") == 1


@pytest.mark.slow
def test_the_store_is_not_shown_in_the_list_of_processes(shell: Shell, postgres_url: str) -> None:
    with shell.up("acme", "--workers", "2", "--store", postgres_url) as up:
        up.says("worker 1: worker_", "worker 2: worker_")
        assert not any("postgresql" in word for process in children(up) for word in process.cmdline())
        up.send_signal(signal.SIGTERM)
        assert up.ends() == 0
