"""SQL lives in ``.sql`` files: named, purposeful, used, and never glued together from strings."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.tidy.tree import Finding, SourceFile, Tree

# How a statement begins. The words must be all capitals or all small, so that English prose does not match.
_OPENINGS = (
    r"SELECT\s.*\sFROM\s",
    r"WITH\s+(?:RECURSIVE\s+)?\w+\s*(?:\([^)]*\)\s*)?AS\s",
    r"INSERT\s+(?:OR\s+\w+\s+)?INTO\s",
    r"UPDATE\s+\S+\s+SET\s",
    r"DELETE\s+FROM\s",
    r"(?:CREATE|ALTER|DROP)\s+(?:TEMP\s+|UNIQUE\s+|OR\s+REPLACE\s+)*(?:TABLE|INDEX|VIEW|SCHEMA|ROLE|POLICY|TRIGGER|FUNCTION)\s",
    r"(?:GRANT|REVOKE)\s.*\s(?:TO|FROM|ON)\s",
    r"SET\s+(?:LOCAL\s+|SESSION\s+)?(?:ROLE|search_path)\b",
    r"(?:SAVEPOINT|RELEASE|ROLLBACK\s+TO)\s+\w",
    r"PRAGMA\s+\w",
)
_SQL = re.compile(
    "|".join(rf"{opening}|{re.sub('[A-Z]{2,}', lambda word: word[0].lower(), opening)}" for opening in _OPENINGS),
    re.DOTALL,
)
_NAME = re.compile(r"-- name: (\w+)$")
_PURPOSE = re.compile(r"-- [A-Z].*(?:\.|\.? \(set\)\.?)$")
_QUERY_FILES = ("queries.sql", "queries.sqlite.sql", "queries.postgres.sql")


def no_sql_is_built_from_strings(tree: Tree) -> Iterator[Finding]:
    """A value put into SQL text is an injection waiting; parameters cost nothing."""
    for file in tree.shipped:
        for node in file.nodes:
            text = _built_text(node)
            if isinstance(node, ast.expr) and text is not None and _is_sql(text):
                message = (
                    "SQL built from a string: write a named query with :parameters; identifiers go through psycopg.sql."
                )
                yield file.finding(message, node.lineno)


def sql_lives_in_sql_files(tree: Tree) -> Iterator[Finding]:
    """Outside the store, whose connections need statements of the engine itself, Python holds no SQL."""
    for file in tree.shipped:
        if file.floor == "store":
            continue
        pieces = {id(part) for node in file.nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        prose = {id(node.value) for node in file.nodes if isinstance(node, ast.Expr)}
        for node in file.nodes:
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in pieces | prose
                and _is_sql(node.value)
            ):
                yield file.finding(
                    "SQL in Python: move it to queries.sql, with a name and a purpose line.", node.lineno
                )


def queries_say_what_they_are_for(tree: Tree) -> Iterator[Finding]:
    """Below ``-- name: claim_ready`` comes one sentence that says what the query does."""
    for file in _query_files(tree):
        lines = file.text.splitlines()
        for number, line in enumerate(lines, start=1):
            if not line.startswith("-- name:"):
                continue
            following = lines[number] if number < len(lines) else ""
            if not _NAME.match(line):
                yield file.finding("Write `-- name: snake_case_name` and nothing else on the line.", number)
            elif not _PURPOSE.match(following):
                message = (
                    f"Say what {line.removeprefix('-- name: ')} is for, as a sentence in a comment on the next line."
                )
                yield file.finding(message, number)


def queries_are_used(tree: Tree) -> Iterator[Finding]:
    """A query that no module of its folder names is dead."""
    for file in _query_files(tree):
        package = file.path.parent
        sources = [module.text for module in tree.shipped if module.path.is_relative_to(package)]
        used = set(re.findall(r"\w+", "\n".join(sources)))
        for number, line in enumerate(file.text.splitlines(), start=1):
            found = _NAME.match(line)
            if found and found[1] not in used:
                yield file.finding(f"Nothing in {package} calls {found[1]}: remove it.", number)


def overrides_override_something(tree: Tree) -> Iterator[Finding]:
    """A query of one database only stands for the shared one of its name, or for the other database's."""
    names = {file.path: set(re.findall(_NAME.pattern, file.text, re.MULTILINE)) for file in _query_files(tree)}
    for path, own in names.items():
        if path.name == "queries.sql":
            continue
        others = (names.get(PurePosixPath(path.parent, name), set[str]()) for name in _QUERY_FILES if name != path.name)
        for name in sorted(own.difference(*others)):
            message = f"{name} exists on one database only: add it to queries.sql or to the other override."
            yield Finding(str(path), message)


def _query_files(tree: Tree) -> list[SourceFile]:
    return [file for file in tree.under("src", "packs", suffix=".sql") if file.path.name in _QUERY_FILES]


def _is_sql(text: str) -> bool:
    return _SQL.match(text.strip()) is not None


def _built_text(node: ast.AST) -> str | None:
    """Return the constant text of an expression that puts values into a string."""
    match node:
        case ast.JoinedStr(values=values) if any(isinstance(value, ast.FormattedValue) for value in values):
            return "".join(str(value.value) if isinstance(value, ast.Constant) else "x" for value in values)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod() | ast.Add()):
            return f"{text} x"
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format" | "replace")):
            return text
        case _:
            return None
