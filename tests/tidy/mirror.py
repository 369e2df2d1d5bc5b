"""Tests stand where their module stands, and nothing stands around unused."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.tidy.tree import Finding, SourceFile, Tree

# Folders of tests that follow a subject through many modules, and so mirror none.
SUITES = {"conformance", "crash", "properties", "upgrade", "docs", "tidy"}
LEFTOVERS = {".orig", ".rej", ".bak", ".swp", ".tmp"}


def every_module_has_its_test_file(tree: Tree) -> Iterator[Finding]:
    """Module and test file find each other by name."""
    present = {file.path for file in tree.under("tests")}
    for file in tree.shipped:
        if _needs_test(file) and _test_path(file.path) not in present:
            yield file.finding(f"Test it in {_test_path(file.path)}, or exempt it with the suite that covers it.")


def every_test_file_has_its_module(tree: Tree) -> Iterator[Finding]:
    """A test file whose module is gone, or that tests two, goes where its subject is."""
    wanted = {_test_path(file.path) for file in tree.shipped}
    for file in tree.under("tests"):
        folders = file.path.parts[1:-1]
        mirrors = folders and folders[0] not in SUITES
        if mirrors and file.path.name.startswith("test_") and file.path not in wanted:
            yield file.finding(
                f"There is no module for it: name it after one, or move it to a suite ({', '.join(sorted(SUITES))})."
            )


def every_module_is_imported(tree: Tree) -> Iterator[Finding]:
    """A module that nothing imports is dead; the command line's and the packs' entries are pyproject's."""
    mentions = {file.module: set(_mentions(file)) for file in tree.shipped}
    entries = _entry_points(tree)
    by_tests = {name for file in tree.under("tests", "benches", "examples") for name in _mentions(file)}
    for file in tree.shipped:
        if file.path.stem.startswith("__"):
            continue
        used = entries.union(*(names for module, names in mentions.items() if module != file.module))
        if file.floor == "testing":
            used |= by_tests
        if file.module not in used:
            yield file.finding("No module imports it: use it or remove it.")


def no_leftovers(tree: Tree) -> Iterator[Finding]:
    """No empty files, no copies that an editor or a merge left behind; ``py.typed`` is empty by definition."""
    for file in tree.files:
        if file.path.suffix in LEFTOVERS or file.path.name.endswith("~"):
            yield file.finding("An editor or a merge left this behind: remove it.")
        elif not file.text.strip() and file.path.name != "py.typed":
            yield file.finding("The file is empty: say what it is for, or remove it.")


def _test_path(path: PurePosixPath) -> PurePosixPath:
    """src/stratum/runs/machine.py -> tests/runs/; packs/research/stratum_research/feeds.py -> tests/packs/research/."""
    below = path.parts[2:-1] if path.parts[0] == "src" else (*path.parts[:2], *path.parts[3:-1])
    return PurePosixPath("tests", *below, f"test_{path.stem.strip('_')}.py")


def _needs_test(file: SourceFile) -> bool:
    """Whether a module does anything: declarations do not, and errors are tested where they are raised."""
    if file.path.stem.startswith("__") or file.path.stem == "errors":
        return False
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not all(_is_empty(part) for part in node.body)
        for node in file.nodes
    )


def _is_empty(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _entry_points(tree: Tree) -> set[str]:
    project = tomllib.loads((tree.root / "pyproject.toml").read_text()).get("project", {})
    groups = [project.get("scripts", {}), *project.get("entry-points", {}).values()]
    return {target.partition(":")[0] for group in groups for target in group.values()}


def _mentions(file: SourceFile) -> Iterator[str]:
    """Yield each name that a module imports, and each text that could name a module to import later."""
    package = file.module.split(".") if file.path.stem == "__init__" else file.module.split(".")[:-1]
    for node in file.nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*start, *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.partition(":")[0]
