"""Packages with files that a test writes, for what is loaded from packages."""

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def package_of(name: str, files: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """Have a package of that name, with these files, for as long as this lasts."""
    package = folder / name
    for path, text in {"__init__.py": "", **files}.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "path", [str(folder), *sys.path])
        yield package
    sys.modules.pop(name, None)
