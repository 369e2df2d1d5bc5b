"""Rows in aligned columns: cut to the terminal's width, whole in a pipe."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from stratum.cli.words import plain

Cell = tuple[str, str]
"""A text and its style."""

_GAP = "  "


def table(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[Text]:
    """Return the rows of a table below their heads."""
    cells = [[(head, "bold") for head in heads], *([(plain(text), style) for text, style in row] for row in rows)]
    widths = [max(cell_len(row[place][0]) for row in cells) for place in range(len(heads))]
    return [_line(row, widths) for row in cells]


def _line(row: Sequence[Cell], widths: Sequence[int]) -> Text:
    line = Text()
    for place, (text, style) in enumerate(row):
        line.append(text, style=style)
        if place < len(row) - 1:
            line.append(" " * (widths[place] - cell_len(text)) + _GAP)
    line.rstrip()
    return line
