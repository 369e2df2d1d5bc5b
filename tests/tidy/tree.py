"""The project's files as the tidy rules see them: read once, parsed once, named by their path from the root."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

# What belongs to the project. Anything else beside it (environments, databases, notes) is the developer's own.
PLACES = ("src", "packs", "tests", "benches", "docs", "examples", "changes", ".ci")
SKIPPED = {"__pycache__", "node_modules"}


@dataclass(frozen=True)
class Finding:
    """One thing to mend: where it is, and a sentence that says what to do."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


@dataclass(frozen=True)
class SourceFile:
    """A text file of the project."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed module."""
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the parsed module."""
        return list(ast.walk(self.tree))

    @property
    def line_count(self) -> int:
        """How many lines the file has."""
        return len(self.text.splitlines())

    @property
    def floor(self) -> str | None:
        """The folder of ``src/stratum`` that a file lies in, at whatever depth."""
        parts = self.path.parts
        return parts[2] if parts[:2] == ("src", "stratum") and len(parts) > 3 else None

    @property
    def module(self) -> str:
        """The name that Python imports the module by."""
        parts = self.path.with_suffix("").parts
        # src/stratum/... and packs/<name>/stratum_<name>/...: the import name begins below the folder on the path.
        parts = {"src": parts[1:], "packs": parts[2:]}.get(parts[0], parts)
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def finding(self, message: str, line: int | None = None) -> Finding:
        """Return a finding in this file."""
        return Finding(str(self.path), message, line)


class Tree:
    """All text files of the project below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = [file for path in sorted(_paths(root)) if (file := _read(root, path))]

    def under(self, *places: str, suffix: str = ".py") -> list[SourceFile]:
        """Return the files below any of the places, by their ending."""
        return [file for file in self.files if file.path.parts[0] in places and file.path.suffix == suffix]

    @property
    def shipped(self) -> list[SourceFile]:
        """The Python modules that users install."""
        return self.under("src", "packs")

    @property
    def floors(self) -> list[str]:
        """The folders of ``src/stratum``."""
        return sorted({file.floor for file in self.files if file.floor})


def _paths(root: Path) -> Iterator[Path]:
    yield from (path for path in root.iterdir() if path.is_file() and path.name != ".git")
    for place in PLACES:
        for path in (root / place).rglob("*"):
            if path.is_file() and not SKIPPED.intersection(path.relative_to(root).parts):
                yield path


def _read(root: Path, path: Path) -> SourceFile | None:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
    return SourceFile(PurePosixPath(path.relative_to(root).as_posix()), text)
