"""Commands as somebody in a folder would call them, in this process, and a worker beside them."""

import asyncio
import importlib
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from io import StringIO
from pathlib import Path
from threading import Condition, Thread
from types import ModuleType
from typing import Any, NamedTuple

import apsw
import pytest
from pydantic_core import from_json

from stratum import Status, Stratum
from stratum.cli import main
from stratum.cli.opening import open_existing
from stratum.cli.options import DEFAULT_STORE, Place
from stratum.testing import eventually

_WORKER_SECONDS = 30
_PROCESS_SECONDS = 30.0
AT_REST = frozenset(Status) - {Status.READY, Status.RUNNING}


class Answer(NamedTuple):
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the command prints
        return from_json(self.out)


class Terminal(StringIO):
    """A stream that says that it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@contextmanager
def in_terminal(columns: int = 80) -> Generator[tuple[Terminal, Terminal]]:
    """Let standard output and error be terminals, and give them."""
    streams = Terminal(), Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        patch.setenv("TERM", "xterm-256color")
        patch.delenv("NO_COLOR", raising=False)
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        yield streams


class Running:
    """A command in a process of its own, whose standard error is listened to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid
        self.said = ""
        """What it has said on standard error so far."""
        self.out = ""
        """What it has printed; known when it has ended."""
        self._heard = 0
        self._news = Condition()
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def says(self, *texts: str) -> None:
        """Wait until it says each of the texts, in any order, behind what was waited for before."""

        def all_said() -> bool:
            return all(text in self.said[self._heard :] for text in texts)

        with self._news:
            came = self._news.wait_for(all_said, timeout=_PROCESS_SECONDS)
            assert came, f"It did not say {texts}, but:\n{self.said[self._heard :]}"
            self._heard = max(self.said.index(text, self._heard) + len(text) for text in texts)

    def kill(self) -> None:
        """End it, if it has not ended."""
        self._process.kill()
        self._listener.join(timeout=_PROCESS_SECONDS)

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ends(self, within: float = 30.0) -> int:
        """Wait for its end and return the exit code."""
        code = self._process.wait(timeout=within)
        self._listener.join(timeout=within)
        self.out = self._process.stdout.read() if self._process.stdout else ""
        return code

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._news:
                self.said += line
                self._news.notify_all()


class Shell:
    """Calls commands as somebody in the folder would, without starting a process for each."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def __call__(self, *words: str) -> Answer:
        self._capture.readouterr()
        code = main(words)
        out, err = self._capture.readouterr()
        return Answer(code, out, err)

    def in_terminal(self, *words: str, columns: int = 80) -> Answer:
        """Call a command whose output is a terminal."""
        with in_terminal(columns) as (out, err):
            code = main(words)
        return Answer(code, out.getvalue(), err.getvalue())

    def started(self, *words: str) -> str:
        """Start a run and return its id."""
        answer = self("start", *words)
        assert answer.code == 0, answer.err
        return answer.out.strip()

    def sql(self, statement: str) -> None:
        """Change the default store behind everybody's back."""
        connection: Any = apsw.Connection(str(self.folder / "stratum.db"))
        connection.execute(statement)
        connection.close()

    @contextmanager
    def locked(self) -> Generator[None]:
        """Hold the default store's lock, as a program that forgot to commit."""
        connection: Any = apsw.Connection(str(self.folder / "stratum.db"))
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield
        finally:
            connection.close()

    def forget_app(self) -> None:
        """Have the app read again from its file, which has changed."""
        sys.modules.pop("acme", None)
        importlib.invalidate_caches()
        for cached in self.folder.glob("__pycache__/acme.*"):
            # A file that changes twice in a second without changing its size looks unchanged.
            cached.unlink()

    @contextmanager
    def process(self, *words: str) -> Generator[subprocess.Popen[str]]:
        """Call a command in a process of its own; it does not outlive the block."""
        command = [sys.executable, "-m", "stratum.cli", *words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def up(self, *words: str) -> Generator[Running]:
        """Start workers in processes of their own; they do not outlive the block."""
        with self.process("up", *words) as process:
            running = Running(process)
            try:
                yield running
            finally:
                running.kill()

    def until_status(self, run_id: str, status: str) -> None:
        """Wait until a run of the default store has a status."""
        asyncio.run(_until_status(run_id, status))

    def work(self, url: str = DEFAULT_STORE) -> None:
        """Execute runs in this process until none can go on."""
        asyncio.run(_work(importlib.import_module("acme"), url))


@contextmanager
def beside_a_worker(url: str = DEFAULT_STORE) -> Generator[None]:
    """Let a worker execute runs on a thread meanwhile."""
    stop: Future[Callable[[], object]] = Future()

    async def work() -> None:
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with _worker(importlib.import_module("acme"), url):
            stop.set_result(lambda: loop.call_soon_threadsafe(asked.set))
            await asked.wait()

    thread = Thread(target=asyncio.run, args=(work(),))
    thread.start()
    try:
        stopping = stop.result(timeout=_WORKER_SECONDS)
        try:
            yield
        finally:
            stopping()
    finally:
        thread.join(timeout=_WORKER_SECONDS)


async def _work(module: ModuleType, url: str) -> None:
    async with _worker(module, url) as stratum:
        await eventually(lambda: _at_rest(stratum), what="every run is at rest")


async def _until_status(run_id: str, status: str) -> None:
    async with open_existing(Place()) as stratum:

        async def has() -> bool:
            return (await stratum.handle(run_id).status()).status == status

        await eventually(has, within=_PROCESS_SECONDS, what=f"{run_id} is {status}")


@asynccontextmanager
async def _worker(module: ModuleType, url: str) -> AsyncGenerator[Stratum]:
    async with module.app.open(url) as stratum, stratum.worker(linger_seconds=0.01):
        yield stratum


async def _at_rest(stratum: Stratum) -> bool:
    return all(row.status in AT_REST for row in await stratum.list(limit=1_000))
