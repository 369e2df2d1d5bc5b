"""Rows in aligned columns."""

from stratum.cli.table import table


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    lines = table(("ID", "NAME", "WHY"), [[("a", ""), ("漢字", ""), ("x", "dim")], [("abc", ""), ("b", ""), ("", "")]])
    assert [line.plain for line in lines] == ["ID   NAME  WHY", "a    漢字  x", "abc  b"]


def test_cells_are_made_safe_and_markup_is_no_markup() -> None:
    (_, line) = table(("A",), [[("\x1b[1m[bold]x[/bold]", "")]])
    assert line.plain == "\\x1b[1m[bold]x[/bold]"
    assert not line.spans or all(span.style != "bold" for span in line.spans)
