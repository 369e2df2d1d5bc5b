"""Other processes for these tests."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


class Program:
    """A process that runs one of ``tests/conformance/programs.py``."""

    def __init__(self, name: str, *arguments: str, before: Sequence[str] = ()) -> None:
        """Start it; ``before`` is a command that runs it, such as one that counts its system calls."""
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "tests.conformance.programs", name, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def hears(self) -> dict[str, Any]:
        """Return what it says next."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            _, errors = self.process.communicate()
            pytest.fail(f"The program ended with {self.process.returncode}:\n{errors}")
        facts: dict[str, Any] = json.loads(line)
        return facts

    def tell(self) -> None:
        """Let it go on."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> list[dict[str, Any]]:
        """End it with SIGKILL, and return all that it has said."""
        os.killpg(self.process.pid, signal.SIGKILL)
        said, _ = self.process.communicate()
        # Of the last line a part may be missing.
        return [json.loads(line) for line in said.splitlines(keepends=True) if line.endswith("\n")]

    def end(self) -> None:
        """Let it come to its end."""
        _, errors = self.process.communicate("\n")
        assert self.process.returncode == 0, errors


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    """Start programs, which do not outlive the test."""
    started: list[Program] = []

    def start(name: str, *arguments: str, before: Sequence[str] = ()) -> Program:
        started.append(Program(name, *arguments, before=before))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.process.pid, signal.SIGKILL)
        one.process.communicate()
