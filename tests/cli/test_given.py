"""JSON arguments: as they are, from a file, from standard input; and what is said of those that are none."""

import io
import sys
from pathlib import Path

import pytest

from stratum.cli.errors import BadJson, Usage
from stratum.cli.given import read_json


class Standard:
    """Standard input that holds some bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def test_json_is_taken_as_it_is() -> None:
    assert read_json('{"a": [1, 2]}', "--input") == ('{"a": [1, 2]}', {"a": [1, 2]})


def test_json_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('\ufeff{"a": "é"}', encoding="utf-8")
    assert read_json(f"@{tmp_path / 'in.json'}", "--input")[1] == {"a": "é"}


def test_json_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Standard(b"[1]"))
    assert read_json("-", "--input")[1] == [1]


def test_a_fault_is_shown_where_it_is() -> None:
    with pytest.raises(BadJson) as caught:
        read_json('{\n  "topic": "x" "y"\n}', "--input")
    lines = caught.value.message.splitlines()
    assert lines[0] == "--input is not JSON: expecting ',' delimiter at line 2, column 16:"
    assert lines[1][lines[2].index("^")] == '"'
    assert lines[1][lines[2].index("^") + 1] == "y"


def test_a_fault_far_into_a_long_line_is_shown_with_what_is_around_it() -> None:
    with pytest.raises(BadJson) as caught:
        read_json('{"key": "' + "x" * 500 + '", oops}', "--input")
    lines = caught.value.message.splitlines()
    assert len(lines[1]) < 80
    assert lines[1][lines[2].index("^")] == "o"


def test_single_quotes_are_answered_with_how_to_quote() -> None:
    with pytest.raises(BadJson, match="take double quotes"):
        read_json("{'topic': 'x'}", "--input")


@pytest.mark.parametrize("given", ["", "   ", "@empty"])
def test_nothing_is_said_to_be_nothing(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").touch()
    with pytest.raises(BadJson, match="is empty, and should be JSON"):
        read_json(given, "--input")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"none\.json, which cannot be read: No such file"):
        read_json(f"@{tmp_path / 'none.json'}", "--input")


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(BadJson, match=r"is not UTF-8 text \(byte 7\)"):
        read_json(f"@{tmp_path / 'in.json'}", "--input")


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(BadJson, match="nested too deeply"):
        read_json("[" * 100_000, "--input")


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratum.cli.given.VALUE_BYTES_MAX", 10)
    with pytest.raises(Usage, match="has 13 characters, and the most is 10"):
        read_json('"12345678901"', "--input")
