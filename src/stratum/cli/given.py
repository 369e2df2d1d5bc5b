"""JSON that was given on the command line: as it is, ``@file``, or ``-`` for standard input."""

import json
import sys
from pathlib import Path

from pydantic import JsonValue

from stratum.cli.errors import BadJson, Usage
from stratum.kernel.limits import VALUE_BYTES_MAX

_SHOWN = 60
_HOW = 'Keys and texts take double quotes, and the shell wants single ones around the whole: \'{"topic": "x"}\'.'


def read_json(given: str, name: str) -> tuple[str, JsonValue]:
    """Return the text of a JSON argument and its value; ``name`` is what the argument is called in messages.

    Raises:
        Usage: the file cannot be read.
        BadJson: it is not JSON; the message shows where.
    """
    text, where = _read(given, name)
    if len(text) > VALUE_BYTES_MAX:
        message = f"{where} has {len(text):,} characters, and the most is {VALUE_BYTES_MAX:,}."
        raise Usage(message)
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadJson(_explain(text, where, error)) from None
    except RecursionError:
        message = f"{where} is nested too deeply."
        raise BadJson(message) from None
    return text, value


def _read(given: str, name: str) -> tuple[str, str]:
    if given == "-":
        return _decode(sys.stdin.buffer.read(VALUE_BYTES_MAX + 1), "standard input"), "standard input"
    if not given.startswith("@"):
        return given, name
    path = Path(given[1:])
    try:
        with path.open("rb") as file:
            return _decode(file.read(VALUE_BYTES_MAX + 1), str(path)), str(path)
    except OSError as error:
        message = f"{name} names the file {path}, which cannot be read: {error.strerror}."
        raise Usage(message) from None


def _decode(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{where} is not UTF-8 text (byte {error.start:,})."
        raise BadJson(message) from None


def _explain(text: str, where: str, error: json.JSONDecodeError) -> str:
    if not text.strip():
        return f"{where} is empty, and should be JSON. {_HOW}"
    line = text.splitlines()[error.lineno - 1] if error.lineno <= len(text.splitlines()) else ""
    first = max(0, error.colno - 1 - _SHOWN // 2)
    shown = line[first : first + _SHOWN]
    pointer = " " * (error.colno - 1 - first) + "^"
    what = error.msg[0].lower() + error.msg[1:]
    return (
        f"{where} is not JSON: {what} at line {error.lineno}, column {error.colno}:\n    {shown}\n    {pointer}\n{_HOW}"
    )
