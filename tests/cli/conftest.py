"""What the tests of the command line share: a folder with an app in it, commands called in this process, a worker."""

import asyncio
import importlib
import shutil
import sys
from collections.abc import Iterator
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


class Shell:
    """Calls commands as somebody in the folder would, without starting a process for each."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._capture = capture
        self._patch = patch

    def __call__(self, *words: str) -> Answer:
        self._capture.readouterr()
        code = main(words)
        out, err = self._capture.readouterr()
        return Answer(code, out, err)

    def in_terminal(self, *words: str, columns: int = 80) -> Answer:
        """Call a command whose output is a terminal."""
        streams = Terminal(), Terminal()
        with self._patch.context() as patch:
            patch.setenv("COLUMNS", str(columns))
            patch.setenv("TERM", "xterm-256color")
            patch.delenv("NO_COLOR", raising=False)
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            code = main(words)
        return Answer(code, streams[0].getvalue(), streams[1].getvalue())

    def started(self, *words: str) -> str:
        """Start a run and return its id."""
        answer = self("start", *words)
        assert answer.code == 0, answer.err
        return answer.out.strip()

    def work(self, url: str = "sqlite:///stratum.db") -> None:
        """Execute runs in this process until none can go on."""
        asyncio.run(_work(importlib.import_module("acme"), url))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the sample app as acme.py, in which the test stands."""
    shutil.copy(Path(__file__).with_name("sample_app.py"), tmp_path / "acme.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STRATUM_STORE", raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    before = set(sys.modules)
    yield tmp_path
    # What a test imported from its own folder must not be found by the next one.
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def shell(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Commands on the default store of the folder."""
    return Shell(folder, capsys, monkeypatch)


@pytest.fixture
def store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store on SQLite, and on PostgreSQL, that STRATUM_STORE names."""
    monkeypatch.setenv("STRATUM_STORE", store_url)
    return store_url


async def _work(module: ModuleType, url: str) -> None:
    async with module.app.open(url) as stratum, stratum.worker(linger_seconds=0.01):
        await eventually(lambda: _at_rest(stratum), what="every run is at rest")


async def _at_rest(stratum: Stratum) -> bool:
    return all(row.status in AT_REST for row in await stratum.list(limit=1_000))
