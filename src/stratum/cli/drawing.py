"""Drawing the tree of a run's calls, one row each."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from stratum.cli.sentences import QUIET, attempt, call_state, value_of
from stratum.cli.tree import Node
from stratum.cli.words import plain

SHOWN_OF_MANY = 20
"""How many rows of one level are shown, beside those that failed or go on, unless all are asked for."""
_NAME_COLUMNS_MAX = 48


def draw(root: Node, now: int, *, full: bool) -> list[Text]:
    """Return the rows of a tree; ``full`` leaves nothing out, and adds results and failed tries."""
    rows = list(_rows(root, "", now, full=full))
    column = min(_NAME_COLUMNS_MAX, max((cell_len(left) for left, _, _ in rows), default=0))
    return [_row(left, right, style, column) for left, right, style in rows]


Row = tuple[str, str, str]


def _rows(node: Node, before: str, now: int, *, full: bool) -> Iterator[Row]:
    children = list(node.children.values())
    shown, hidden = (children, 0) if full else _chosen(children)
    for place, child in enumerate(shown, 1):
        last = place == len(shown) and not hidden
        yield from _call(child, before, ("└── ", "    ") if last else ("├── ", "│   "), now, full=full)
    if hidden:
        yield f"{before}└── … {hidden:,} more like these", "--full shows all", QUIET


def _call(node: Node, before: str, branch: tuple[str, str], now: int, *, full: bool) -> Iterator[Row]:
    name, node = _folded(node)
    words = call_state(node, now)
    yield f"{before}{branch[0]}{plain(name)}", words.text, words.style
    below = before + branch[1] + ("│   " if node.children else "    ")
    if full or node.failed or node.is_open:
        for number, event in enumerate(node.attempts, 1):
            tried = attempt(event, number)
            yield below, tried.text, tried.style
    closing = node.closing
    if full and closing is not None and not node.failed:
        yield below, f"= {value_of(closing, full=True)}", QUIET
    yield from _rows(node, before + branch[1], now, full=full)


def _folded(node: Node) -> tuple[str, Node]:
    """Put a branch that holds a single call on one row with it."""
    if node.name.startswith("[") and not node.events and len(node.children) == 1:
        only = next(iter(node.children.values()))
        return f"{node.name} {only.name}", only
    return node.name, node


def _chosen(children: Sequence[Node]) -> tuple[list[Node], int]:
    """Return the first rows of many, with all that failed or go on; and how many are left out."""
    if len(children) <= SHOWN_OF_MANY + 1:
        return list(children), 0
    chosen = [
        child
        for place, child in enumerate(children)
        if place < SHOWN_OF_MANY // 2 or place >= len(children) - SHOWN_OF_MANY // 2 or _matters(child)
    ]
    return chosen, len(children) - len(chosen)


def _matters(node: Node) -> bool:
    return any(below.failed or below.is_open for below in node.walk())


def _row(left: str, right: str, style: str, column: int) -> Text:
    text = Text(left)
    if right:
        text.append(" " * max(2, column + 2 - cell_len(left)))
        text.append(right, style=style)
    return text
