"""What the code may not call, with what to use instead."""

import ast
import re
import tokenize
from collections.abc import Iterator, Mapping
from io import StringIO

from tests.tidy.tree import Finding, SourceFile, Tree

_TIME = "take the time as an argument: tx.now in a transaction, run.now() in an agent, a kernel Clock elsewhere"
_IDS = "make ids with stratum.kernel.ids, or run.id() in an agent"
_CHANCE = "take a kernel Chance as an argument, or use run.random() in an agent"
_SETTINGS = "take the value as an argument; settings are read once, at the edge"
_EVAL = "call a function; text is data, never a program"
_PICKLE = "use JSON through stratum.kernel.codec; a pickle runs whatever its writer liked"
_SLEEP = "wait for an event, or move the fake clock"

# Time, chance and settings come in from outside, so that tests can hold them still and a crash can be replayed.
OUTSIDE_KERNEL = {
    "time.time": _TIME,
    "time.time_ns": _TIME,
    "time.monotonic": _TIME,
    "time.monotonic_ns": _TIME,
    "datetime.datetime.now": _TIME,
    "datetime.datetime.utcnow": _TIME,
    "datetime.datetime.today": _TIME,
    "datetime.date.today": _TIME,
    "uuid": _IDS,
    "random": _CHANCE,
    "secrets": _CHANCE,
    "os.environ": _SETTINGS,
    "os.getenv": _SETTINGS,
    "print": "raise, return or log; the command line writes through its console",
}
EVERYWHERE = {
    "eval": _EVAL,
    "exec": _EVAL,
    "pickle": _PICKLE,
    "shelve": _PICKLE,
    "dill": _PICKLE,
    "cloudpickle": _PICKLE,
}
IN_TESTS = {"asyncio.sleep": _SLEEP, "anyio.sleep": _SLEEP, "time.sleep": _SLEEP}

# A suppression silences one rule on one line and says why, as "noqa: S311 - a seed makes it repeatable on purpose".
_MARKER = re.compile(
    r"#\s*(?P<kind>noqa|type:\s*ignore|pyright:\s*ignore)(?P<codes>:\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*|\[[\w\-, ]+\])?"
)
_WHOLE_FILE = re.compile(r"#\s*(?:ruff:|flake8:|mypy:|pyright:(?!\s*ignore))")
_REASON_LETTERS_MIN = 10


def time_chance_and_settings_come_from_outside(tree: Tree) -> Iterator[Finding]:
    """Only the kernel asks the system for the time, for randomness and for settings, and nothing prints."""
    for file in tree.shipped:
        if file.floor != "kernel":
            yield from _uses(file, OUTSIDE_KERNEL)


def no_text_is_run_as_code(tree: Tree) -> Iterator[Finding]:
    """No eval, no exec, no pickle, in tests neither."""
    for file in tree.under("src", "packs", "tests", "benches", "examples"):
        yield from _uses(file, EVERYWHERE)


def tests_never_sleep(tree: Tree) -> Iterator[Finding]:
    """A test waits for what it means, with a bound; `asyncio.sleep(0)` only lets others run, and may stay."""
    for file in tree.under("tests"):
        yields = {
            node.func.lineno
            for node in file.nodes
            if isinstance(node, ast.Call) and [ast.unparse(argument) for argument in node.args] == ["0"]
        }
        for finding in _uses(file, IN_TESTS):
            if finding.line not in yields:
                yield finding


def suppressions_name_their_rule_and_reason(tree: Tree) -> Iterator[Finding]:
    """Whoever silences a checker says which rule, and why."""
    for file in tree.under("src", "packs", "tests", "benches", "examples"):
        for line, comment in _comments(file):
            if _WHOLE_FILE.search(comment):
                yield file.finding("Silence single lines, each with its reason, not a whole file.", line)
            markers = list(_MARKER.finditer(comment))
            if any(not marker["codes"] for marker in markers):
                yield file.finding(
                    "Name the rule that is silenced: `# noqa: CODE - why` or `# type: ignore[code]  # why`.", line
                )
            reason = re.sub(r"\W+", "", _MARKER.sub("", comment))
            if markers and len(reason) < _REASON_LETTERS_MIN:
                yield file.finding("Say why the rule does not hold here, after the code: `# noqa: CODE - why`.", line)


def _uses(file: SourceFile, banned: Mapping[str, str]) -> Iterator[Finding]:
    for line, name in sorted(set(_names(file))):
        if name in banned:
            yield file.finding(f"No {name} here: {banned[name]}.", line)


def _names(file: SourceFile) -> Iterator[tuple[int, str]]:
    """Yield the full dotted name of each module, function and builtin that a file imports or uses."""
    meanings: dict[str, str] = {}
    for node in file.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
                meanings[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"
                meanings[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in file.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            root, dot, rest = ast.unparse(node).partition(".")
            yield node.lineno, meanings.get(root, root) + dot + rest


def _comments(file: SourceFile) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(StringIO(file.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
