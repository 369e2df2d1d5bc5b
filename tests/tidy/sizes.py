"""How large things may grow, and what a module may not be called."""

import ast
import math
from collections.abc import Iterator
from statistics import median

from tests.tidy.tree import Finding, SourceFile, Tree

MODULE_MEDIAN = 200
MODULE_SOFT = 400
MODULE_HARD = 600
MODULES_PER_LONG_ONE = 10
FUNCTION_SOFT = 45
FUNCTION_HARD = 70
FUNCTIONS_PER_LONG_ONE = 20
CLASS_LINES = 400
CLASS_METHODS = 20
VAGUE_NAMES = {"util", "utils", "common", "helper", "helpers", "base", "misc", "manager"}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def modules_fit_one_idea(tree: Tree) -> Iterator[Finding]:
    """Modules stay short: the median, nine in ten, and every single one."""
    modules = [file for file in tree.shipped if file.path.name != "__init__.py"]
    if not modules:
        return
    for file in modules:
        if file.line_count > MODULE_HARD:
            yield file.finding(
                f"{file.line_count} lines, at most {MODULE_HARD}; move one of its ideas to its own module."
            )
    long = [file for file in modules if MODULE_SOFT < file.line_count <= MODULE_HARD]
    if len(long) > math.ceil(len(modules) / MODULES_PER_LONG_ONE):
        for file in long:
            yield file.finding(
                f"{file.line_count} lines, and only one module in {MODULES_PER_LONG_ONE} may pass {MODULE_SOFT} "
                f"({len(long)} of {len(modules)} do); move one of its ideas to its own module."
            )
    middle = median(file.line_count for file in modules)
    if middle > MODULE_MEDIAN:
        yield Finding(
            "src", f"The median module has {middle:.0f} lines, at most {MODULE_MEDIAN}; split the longest ones."
        )


def functions_fit_one_screen(tree: Tree) -> Iterator[Finding]:
    """Functions stay short; counted from ``def`` to the last line, without decorators and docstring."""
    sizes = [
        (_lines(node), file, node)
        for file in tree.shipped
        for node in file.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for lines, file, node in sizes:
        if lines > FUNCTION_HARD:
            message = f"{node.name} has {lines} lines, at most {FUNCTION_HARD}; give its parts names of their own."
            yield file.finding(message, node.lineno)
    long = [size for size in sizes if FUNCTION_SOFT < size[0] <= FUNCTION_HARD]
    if len(long) * FUNCTIONS_PER_LONG_ONE > len(sizes):
        for lines, file, node in long:
            message = (
                f"{node.name} has {lines} lines, and only one function in {FUNCTIONS_PER_LONG_ONE} may pass "
                f"{FUNCTION_SOFT} ({len(long)} of {len(sizes)} do); give its parts names of their own."
            )
            yield file.finding(message, node.lineno)


def classes_do_one_job(tree: Tree) -> Iterator[Finding]:
    """Classes stay short, with few public methods; properties count, overloads count once."""
    for file in tree.shipped:
        for node in file.nodes:
            if isinstance(node, ast.ClassDef):
                yield from _check_class(file, node)


def modules_say_what_they_hold(tree: Tree) -> Iterator[Finding]:
    """No module has a name that fits anything."""
    for file in tree.shipped:
        vague = VAGUE_NAMES.intersection(part.strip("_") for part in file.module.split("."))
        for name in sorted(vague):
            yield file.finding(f"'{name}' says nothing about what is inside; name it after what it keeps or does.")


def _check_class(file: SourceFile, node: ast.ClassDef) -> Iterator[Finding]:
    lines = _lines(node)
    if lines > CLASS_LINES:
        message = f"{node.name} has {lines} lines, at most {CLASS_LINES}; give one of its jobs a class of its own."
        yield file.finding(message, node.lineno)
    methods = {
        member.name
        for member in node.body
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) and not member.name.startswith("_")
    }
    if len(methods) > CLASS_METHODS:
        message = (
            f"{node.name} has {len(methods)} public methods, at most {CLASS_METHODS}; group some behind a property."
        )
        yield file.finding(message, node.lineno)


def _lines(node: Definition) -> int:
    whole = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is None:
        return whole
    return whole - ((first.end_lineno or first.lineno) - first.lineno + 1)
