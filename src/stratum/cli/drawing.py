"""Drawing the tree of a run's calls, one row each: its name, when it was recorded, and how it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

from stratum import RunRow
from stratum.cli.sentences import QUIET, Words, attempt, call_state, value_of
from stratum.cli.tree import Node
from stratum.cli.words import local_time, plain

SHOWN_OF_MANY = 20
"""How many rows of one level are shown, beside those that failed or go on, unless all are asked for."""
_NAME_COLUMNS_MAX = 48
_DATE_LETTERS = len("2026-11-20 ")


class Row(NamedTuple):
    """One row: what stands on the left, the moment in the middle, and words on the right."""

    left: str
    moment: int | None
    words: Words


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows of one level that are left out."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How a tree is looked at."""

    now: int
    full: bool
    """Whether nothing is left out, and results and failed tries are shown."""
    over: bool
    """Whether the run has ended."""


def draw(root: Node, row: RunRow, now: int, *, full: bool) -> list[Text]:
    """Return the lines of a run's tree; the date is left out where everything was recorded on the run's first day."""
    rows = list(_below(root, "", Sight(now=now, full=full, over=row.ended_at is not None)))
    column = min(_NAME_COLUMNS_MAX, max((cell_len(line.left) for line in rows), default=0))
    moments = ["" if line.moment is None else local_time(line.moment) for line in rows]
    day = local_time(row.created_at)[:_DATE_LETTERS]
    if all(moment.startswith(day) for moment in moments if moment):
        moments = [moment[_DATE_LETTERS:] for moment in moments]
    width = max(map(len, moments), default=0)
    return [_line(line, column, f"{moment:<{width}}") for line, moment in zip(rows, moments, strict=True)]


def _below(node: Node, before: str, sight: Sight) -> Iterator[Row]:
    """Yield the rows below a node; ``before`` is what stands left of each."""
    children = list(node.children.values())
    shown = children if sight.full else _chosen(children)
    for place, child in enumerate(shown, 1):
        fork, stem = ("└── ", "    ") if place == len(shown) else ("├── ", "│   ")
        if isinstance(child, Gap):
            yield Row(f"{before}{fork}… {child.count:,} more", None, Words("--full shows all", QUIET))
        else:
            yield from _call(child, before + fork, before + stem, sight)


def _call(node: Node, head: str, before: str, sight: Sight) -> Iterator[Row]:
    name, node = _folded(node)
    moment = node.events[-1].at if node.events else None
    yield Row(head + plain(name), moment, call_state(node, sight.now, over=sight.over))
    stem = before + ("│   " if node.children else "    ")
    if sight.full or node.failed or node.is_open:
        for number, event in enumerate(node.attempts, 1):
            yield Row(stem, event.at, attempt(event, number))
    closing = node.closing
    if sight.full and closing is not None and not node.failed:
        yield Row(stem, None, Words(f"= {value_of(closing, full=True)}", QUIET))
    yield from _below(node, before, sight)


def _folded(node: Node) -> tuple[str, Node]:
    """Put a branch that holds a single call on one row with it."""
    if node.name.startswith("[") and not node.events and len(node.children) == 1:
        only = next(iter(node.children.values()))
        return f"{node.name} {only.name}", only
    return node.name, node


def _chosen(children: Sequence[Node]) -> Sequence[Node | Gap]:
    """Return the first and the last of many, and all that failed or go on."""
    if len(children) <= SHOWN_OF_MANY + 1:
        return children
    half = SHOWN_OF_MANY // 2
    chosen: list[Node | Gap] = []
    hidden = 0
    for place, child in enumerate(children):
        if half <= place < len(children) - half and not _matters(child):
            hidden += 1
            continue
        if hidden:
            chosen.append(Gap(hidden))
            hidden = 0
        chosen.append(child)
    return chosen


def _matters(node: Node) -> bool:
    return any(below.failed or below.is_open for below in node.walk())


def _line(row: Row, column: int, moment: str) -> Text:
    text = Text(row.left)
    text.append(" " * max(2, column + 2 - cell_len(row.left)))
    text.append(f"{moment}  ", style=QUIET)
    text.append(row.words.text, style=row.words.style)
    text.rstrip()
    return text
