"""PostgreSQL array literals, written directly: the driver's own way costs ten times as much for a batch of rows."""

from collections.abc import Sequence


def array_literal(values: Sequence[object]) -> str:
    """Return ``values``, texts or whole numbers or None, as an array in PostgreSQL's text form.

    The form is that of the manual, section 8.15.6, "Array Input and Output Syntax".
    """
    first = next((value for value in values if value is not None), None)
    if isinstance(first, int):
        return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
    return "{" + ",".join(["NULL" if value is None else _quoted(value) for value in values]) + "}"


def _quoted(value: object) -> str:
    text = str(value)
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if '"' in text:
        text = text.replace('"', '\\"')
    return f'"{text}"'
