"""Every capability folder has one shape, so that who knows one knows all."""

import ast
import re
from collections.abc import Iterator

from tests.tidy.tree import Finding, SourceFile, Tree

# The floors that carry the capabilities; every other folder of src/stratum is a capability.
HOUSE = {"kernel", "store", "agents", "app", "cli", "server", "sync", "testing"}
PARTS = {
    "__init__.py": "its public names, and a docstring with its state diagram",
    "capability.py": "the one value that tells the app about it",
    "queries.sql": "its named queries",
    "rows": "rows.py, or a folder rows: sync functions that are the only callers of its queries",
}
WORLDLY = {"asyncio", "threading", "subprocess", "socket", "os", "time", "random"}
STORY_LINES_MIN = 3

_MIGRATION = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+(?:\.(?:sqlite|postgres))?\.sql")


def capabilities_have_one_shape(tree: Tree) -> Iterator[Finding]:
    """A capability says what it is, what it keeps and what it offers, each in the file where others do."""
    for floor in _capabilities(tree):
        folder = f"src/stratum/{floor}"
        present = {file.path.parts[3].removesuffix(".py") for file in tree.files if file.floor == floor}
        for part, purpose in PARTS.items():
            if part.removesuffix(".py") not in present:
                yield Finding(folder, f"{part} is missing: {purpose}.")
    for file in tree.shipped:
        if (
            file.floor in _capabilities(tree)
            and file.path.name == "__init__.py"
            and ast.get_docstring(file.tree) is None
        ):
            yield file.finding("Begin the package with a docstring that says what it is.")


def machines_decide_and_do_nothing_else(tree: Tree) -> Iterator[Finding]:
    """``machine.py`` turns state and event into a decision; time and chance are arguments, and nothing waits."""
    for file in _parts(tree, "machine"):
        for node in file.nodes:
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                yield file.finding("A machine never waits: move this to service.py.", node.lineno)
            for name in _imported(node):
                if name.partition(".")[0] in WORLDLY or name.startswith("stratum.store"):
                    message = f"A machine does no I/O, so it needs no {name}: take what it gives as an argument."
                    yield file.finding(message, getattr(node, "lineno", None))


def rows_are_the_only_callers_of_queries(tree: Tree) -> Iterator[Finding]:
    """Sync functions in ``rows`` run the queries, on a database thread; the rest of a capability calls those."""
    rows = _parts(tree, "rows")
    for file in rows:
        for node in file.nodes:
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                message = "A function in rows runs on a database thread: make it sync, and wait in service.py."
                yield file.finding(message, node.lineno)
    for file in tree.shipped:
        if file.floor in _capabilities(tree) and file not in rows and "load_queries" in file.text:
            yield file.finding("Only rows runs queries: give this one a function there.")


def migrations_tell_their_story(tree: Tree) -> Iterator[Finding]:
    """Migrations count from 0001 without a gap, and the first one begins with the story of its tables."""
    folders: dict[str, list[SourceFile]] = {}
    for file in tree.under("src", "packs", suffix=".sql"):
        if file.path.parent.name == "migrations":
            folders.setdefault(str(file.path.parent), []).append(file)
    for folder, files in folders.items():
        numbers: set[int] = set()
        for file in files:
            if named := _MIGRATION.fullmatch(file.path.name):
                numbers.add(int(named["number"]))
            else:
                yield file.finding(
                    "Name a migration 0002_what_it_does.sql, with .sqlite or .postgres before .sql if it must."
                )
        if numbers != set(range(1, len(numbers) + 1)):
            yield Finding(folder, f"Migrations count from 0001 without a gap; here are {sorted(numbers)}.")
        lines = files[0].text.splitlines()[:STORY_LINES_MIN]
        if not all(line.startswith("--") for line in lines):
            yield files[0].finding("Begin with a comment that tells the story of the tables: what each keeps, and why.")


def _capabilities(tree: Tree) -> list[str]:
    return [floor for floor in tree.floors if floor not in HOUSE]


def _parts(tree: Tree, name: str) -> list[SourceFile]:
    """Return the modules of every capability's ``name.py`` or folder ``name``."""
    return [
        file
        for file in tree.shipped
        if file.floor in _capabilities(tree) and file.path.parts[3].removesuffix(".py") == name
    ]


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module]
    return []
