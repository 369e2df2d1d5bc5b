"""What the README, the guide and the examples say is executed."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def blocks(name: str) -> str:
    """Return all Python blocks of a document as one program."""
    return "\n".join(_BLOCK.findall((ROOT / name).read_text(encoding="utf-8")))


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to run in, from which a module can be imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    for name in ("acme", "guide_blocks"):
        sys.modules.pop(name, None)


def load(folder: Path, name: str, text: str) -> ModuleType:
    """Write a module and import it."""
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return __import__(name)


@pytest.mark.parametrize(("document", "name"), [("README.md", "acme"), ("docs/guide.md", "guide_blocks")])
def test_the_python_blocks_of_a_document_run(program: Path, document: str, name: str) -> None:
    module = load(program, name, blocks(document))
    asyncio.run(asyncio.wait_for(module.main(), 30))


def test_the_readme_prints_what_its_agent_returns(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = load(program, "acme", blocks("README.md"))
    asyncio.run(asyncio.wait_for(module.main(), 30))
    assert capsys.readouterr().out == "3 new papers about batteries\n"


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_an_example_runs_on_a_fresh_file_and_prints_what_it_says(program: Path, example: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(example)], cwd=program, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    expected = re.search(r'^"""(.*?)"""', example.read_text(encoding="utf-8"), re.DOTALL)
    assert expected is not None
    _, _, prints = expected[1].partition("Prints:\n\n")
    assert done.stdout.split() == prints.split()
