"""Commands as somebody in a folder would call them, in this process, and a worker beside them."""

import asyncio
import importlib
import sys
from collections.abc import Generator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from pydantic_core import from_json

from stratum import Status, Stratum
from stratum.cli import main
from stratum.testing import eventually

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
    def json(self) -> Any:
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

    def work(self, url: str = "sqlite:///stratum.db") -> None:
        """Execute runs in this process until none can go on."""
        asyncio.run(_work(importlib.import_module("acme"), url))


async def _work(module: ModuleType, url: str) -> None:
    async with module.app.open(url) as stratum, stratum.worker(linger_seconds=0.01):
        await eventually(lambda: _at_rest(stratum), what="every run is at rest")


async def _at_rest(stratum: Stratum) -> bool:
    return all(row.status in AT_REST for row in await stratum.list(limit=1_000))
