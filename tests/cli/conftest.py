"""What the tests of the command line share: a folder with an app in it, and commands called there."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Shell


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
def shell(folder: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Commands on the default store of the folder."""
    return Shell(folder, capsys)


@pytest.fixture
def store(folder: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store on SQLite, and on PostgreSQL, that STRATUM_STORE names."""
    monkeypatch.setenv("STRATUM_STORE", store_url)
    return store_url
