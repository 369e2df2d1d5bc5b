"""Who is alive on this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from stratum.runs.liveness import host_name, is_gone, process_id, started_at
from stratum.testing.waiting import eventually

_STOPS_AT_END_OF_INPUT = "import sys; sys.stdin.read()"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until it is killed."""
    with subprocess.Popen([sys.executable, "-c", _STOPS_AT_END_OF_INPUT], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def start_of(pid: int) -> int:
    started = started_at(pid)
    assert started is not None
    return started


def test_this_process_is_alive_and_so_is_its_child(child: subprocess.Popen[bytes]) -> None:
    assert process_id() == os.getpid()
    for pid in (process_id(), child.pid):
        assert not is_gone(host_name(), pid, start_of(pid))


def test_a_killed_process_is_gone_once_it_was_waited_for(child: subprocess.Popen[bytes]) -> None:
    started = start_of(child.pid)
    child.kill()
    child.wait(timeout=10)
    assert started_at(child.pid) is None
    assert is_gone(host_name(), child.pid, started)


async def test_a_zombie_is_gone(child: subprocess.Popen[bytes]) -> None:
    started = start_of(child.pid)
    child.kill()
    process = psutil.Process(child.pid)
    await eventually(lambda: process.status() == psutil.STATUS_ZOMBIE, what="the child is a zombie")
    assert is_gone(host_name(), child.pid, started)


def test_of_a_process_on_another_machine_nothing_is_known() -> None:
    assert not is_gone(f"not {host_name()}", process_id(), start_of(process_id()))
    assert not is_gone(f"not {host_name()}", 2**22 + 1, 0)


def test_a_number_that_went_to_another_process_does_not_keep_the_first_alive() -> None:
    an_hour = 3_600_000
    assert is_gone(host_name(), process_id(), start_of(process_id()) - an_hour)


def test_a_clock_that_was_put_right_a_little_kills_nobody() -> None:
    two_seconds = 2_000
    started = start_of(process_id())
    assert not is_gone(host_name(), process_id(), started - two_seconds)
    assert not is_gone(host_name(), process_id(), started + two_seconds)


def test_a_process_that_belongs_to_somebody_else_is_not_taken_for_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: int) -> psutil.Process:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "Process", denied)
    assert not is_gone(host_name(), 1, 12_345)


def test_the_machine_has_one_name_for_all_its_processes() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "from stratum.runs.liveness import host_name; print(host_name())"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert shown.stdout.strip() == host_name()
