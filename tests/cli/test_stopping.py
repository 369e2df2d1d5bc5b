"""Being asked to stop, once and twice; and leaving in time."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from stratum.cli.stopping import orphaned, stopping
from stratum.testing import eventually


async def test_the_first_signal_asks_and_the_second_acts_at_once() -> None:
    again: list[int] = []
    with stopping(again.append) as stop:
        assert not stop.asked.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(stop.asked.wait(), 10)
        assert again == []
        os.kill(os.getpid(), signal.SIGINT)
        await eventually(lambda: again)
    assert again == [signal.SIGINT]


async def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stopping(lambda _: None):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


async def test_a_hang_up_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping(lambda _: None):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


async def test_a_supervisor_that_is_gone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    gone = asyncio.Event()
    with os.fdopen(reading) as source:
        monkeypatch.setattr(sys, "stdin", source)
        with orphaned(gone.set):
            os.write(writing, b"still here\n")
            await asyncio.sleep(0)
            assert not gone.is_set()
            os.close(writing)
            await asyncio.wait_for(gone.wait(), 10)


def program(text: str) -> subprocess.CompletedProcess[str]:
    head = "import asyncio, os, signal, threading, time\nfrom stratum.cli.stopping import *\n"
    code = head + textwrap.dedent(text)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)


def test_a_thread_that_hangs_does_not_hold_a_process_that_leaves() -> None:
    ended = program("""
        threading.Thread(target=threading.Event().wait).start()
        leave_within(0.1, 7)
    """)
    assert ended.returncode == 7


def test_a_second_signal_kills_even_while_the_event_loop_is_held_up() -> None:
    ended = program("""
        async def held_up():
            with stopping(kill_ourselves):
                threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
                threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
                threading.Event().wait(25)
        asyncio.run(held_up())
    """)
    assert ended.returncode == 128 + signal.SIGTERM
