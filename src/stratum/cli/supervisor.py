"""Several worker processes: started, watched, started again when one dies, and stopped together."""

import asyncio
import logging
import signal
import sys
from asyncio.subprocess import PIPE, Process

from stratum.cli.exits import DONE, FAILED
from stratum.cli.stopping import SIGNALLED, Stop
from stratum.kernel.clock import Clock, SystemClock
from stratum.kernel.settings import STORE, environment

_FIRST_DELAY_SECONDS = 0.5
_DELAY_SECONDS_MAX = 30.0
_STEADY_SECONDS = 60.0
"""A process that lived this long had started well: the next delay is the first again."""
_DRAIN_SECONDS = 60.0
"""How long processes may take to stop; they bound their drain themselves, well below this."""

_log = logging.getLogger("stratum.up")


class Supervisor:
    """Keeps a number of worker processes alive until it is asked to stop."""

    def __init__(self, app: str, url: str, workers: int, clock: Clock | None = None) -> None:
        self._app = app
        # A URL may hold a password, which has no place in the list of processes.
        self._environment = environment(**{STORE: url})
        self._workers = workers
        self._clock = clock or SystemClock()
        self._processes: dict[int, Process] = {}
        self._killed_by = 0
        self._unclean = False

    async def run(self, stop: Stop) -> int:
        """Keep the processes alive until ``stop`` is asked; return the exit code for all of them."""
        keepers = [asyncio.create_task(self._keep(number, stop)) for number in range(1, self._workers + 1)]
        await stop.asked.wait()
        _log.info("stopping %d processes: runs may finish a step; once more kills", len(self._processes))
        self._tell_all(signal.SIGTERM)
        _, late = await asyncio.wait(keepers, timeout=_DRAIN_SECONDS)
        if late:
            _log.warning("%d processes did not stop in %g s, and are killed", len(late), _DRAIN_SECONDS)
            self._unclean = True
            self._tell_all(signal.SIGKILL)
            await asyncio.wait(keepers)
        if self._killed_by:
            return SIGNALLED + self._killed_by
        _log.info("stopped")
        return FAILED if self._unclean else DONE

    def kill(self, number: int) -> None:
        """End all processes at once."""
        self._killed_by = number
        self._tell_all(signal.SIGKILL)

    async def _keep(self, number: int, stop: Stop) -> None:
        """Start process ``number``, and start it again whenever it dies unasked."""
        deaths = 0
        while not stop.asked.is_set():
            began = self._clock.monotonic()
            code = await self._live(number, stop)
            if stop.asked.is_set():
                self._unclean = self._unclean or code not in {DONE, -signal.SIGTERM}
                return
            deaths = 1 if self._clock.monotonic() - began >= _STEADY_SECONDS else deaths + 1
            delay = restart_delay(deaths)
            _log.warning("worker %d ended unasked (%s); it is started again in %g s", number, ending(code), delay)
            await _either(stop.asked, delay)

    async def _live(self, number: int, stop: Stop) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "stratum.cli", "up", self._app, "--supervised", str(number),
            stdin=PIPE, env=self._environment,
            # Ctrl-C in the terminal reaches us alone, and we pass it on once.
            start_new_session=True,
        )  # fmt: skip
        self._processes[number] = process
        if stop.asked.is_set():
            process.send_signal(signal.SIGKILL if self._killed_by else signal.SIGTERM)
        try:
            return await process.wait()
        finally:
            del self._processes[number]

    def _tell_all(self, number: signal.Signals) -> None:
        for process in list(self._processes.values()):
            if process.returncode is None:
                process.send_signal(number)


def restart_delay(deaths: int) -> float:
    """Return how long to wait before a process is started again, after so many deaths in a row."""
    return min(_DELAY_SECONDS_MAX, _FIRST_DELAY_SECONDS * 2.0 ** min(deaths - 1, 16))


def ending(code: int) -> str:
    """Say how a process ended."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for ``event``, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
