"""Being asked to stop, by Ctrl-C or by whoever supervises us; and leaving in time."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
SIGNALLED = 128
"""An exit code above this names the signal that ended a process."""


class Stop:
    """Whether this process was asked to stop."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def ask(self) -> None:
        """Ask to stop."""
        self.asked.set()


@contextmanager
def stopping(again: Callable[[int], None]) -> Generator[Stop]:
    """Give a :class:`Stop` that SIGTERM, SIGINT and SIGHUP ask, as long as the block runs.

    ``again`` is called at once with the signal's number when one comes a second time, even while the event loop is
    held up by an agent's code.
    """
    stop = Stop()
    loop = asyncio.get_running_loop()
    told: list[int] = []

    def hear(number: int, _: object) -> None:
        if told:
            again(number)
        told.append(number)
        loop.call_soon_threadsafe(stop.ask)

    # A process that was told to outlive its terminal ignores SIGHUP, and keeps doing so.
    heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, hear) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def orphaned(ask: Callable[[], None]) -> Generator[None]:
    """Call ``ask`` when our supervisor is gone: our standard input is a pipe that only it holds open."""
    loop = asyncio.get_running_loop()
    source = sys.stdin.fileno()

    def read() -> None:
        if not os.read(source, 1024):
            loop.remove_reader(source)
            ask()

    loop.add_reader(source, read)
    try:
        yield
    finally:
        loop.remove_reader(source)


def leave_within(seconds: float, code: int) -> None:
    """Make sure that this process ends: a step's thread that does not return must not hold it for ever."""

    def leave() -> None:
        sys.stderr.flush()
        os._exit(code)

    watchdog = threading.Timer(seconds, leave)
    watchdog.daemon = True
    watchdog.start()


def kill_ourselves(number: int) -> None:
    """End this process at once, as the signal of that number would."""
    sys.stderr.flush()
    os._exit(SIGNALLED + number)
