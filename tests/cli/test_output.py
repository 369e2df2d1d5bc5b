"""What is printed: safe in a terminal, plain in a pipe, JSON for programs."""

import json
import sys
from io import BytesIO, TextIOWrapper

import pytest
from rich.text import Text

from stratum.cli.output import Output
from tests.cli.shell import in_terminal

LONG = "word " * 60


def test_a_terminal_gets_colours_and_rows_of_its_width() -> None:
    with in_terminal(40) as (out, _):
        Output().row(Text(LONG, style="red"))
    (line,) = out.getvalue().splitlines()
    assert line.startswith("\x1b[31m")
    assert "…" in line
    assert len(Text.from_ansi(line).plain) == 40


def test_no_colour_is_given_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    with in_terminal() as (out, _):
        monkeypatch.setenv("NO_COLOR", "1")
        Output().row(Text("text", style="red"))
    assert out.getvalue() == "text\n"


def test_a_pipe_gets_whole_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.row(Text(LONG, style="red"))
    output.say(LONG)
    output.fact("label", LONG)
    assert capsys.readouterr().out.splitlines() == [LONG, LONG, f"  label    {LONG}"]


def test_a_long_fact_goes_on_below_itself() -> None:
    with in_terminal(40) as (out, _):
        Output().fact("label", LONG)
    lines = [Text.from_ansi(line).plain for line in out.getvalue().splitlines()]
    assert lines[0].startswith("  label    word")
    assert lines[1].startswith("           word")
    assert max(map(len, lines)) <= 40


def test_lines_of_a_fact_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    Output().fact("error", "one\n  two")
    assert capsys.readouterr().out == "  error    one\n             two\n"


def test_markup_and_control_characters_are_shown_and_not_obeyed() -> None:
    evil = "[red]a[/red] :smile: \x1b]0;title\x07\x9b2J"
    with in_terminal(200) as (out, err):
        output = Output()
        output.row(evil)
        output.say(evil)
        output.fact("a", evil)
        output.block(evil)
        output.words((evil, "red"))
        output.note(evil)
    assert out.getvalue().count("[red]a[/red] :smile: \\x1b]0;title\\x07\\x9b2J") == 5
    for text in (out.getvalue(), err.getvalue()):
        assert "\x1b]" not in text
        assert "\x07" not in text
        assert "\x9b" not in text


def test_json_is_one_document_that_no_terminal_acts_on(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "é \x1b[2J \x9b2J \u202e \U0001f600", "numbers": [1, 2.5, float("nan")]}
    Output(json=True).json(value)
    out = capsys.readouterr().out
    assert json.loads(out) == {**value, "numbers": [1, 2.5, "NaN"]}
    assert "é" in out
    assert all(letter.isprintable() for letter in out.removesuffix("\n"))


def test_json_is_indented_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    with in_terminal() as (out, _):
        Output(json=True).json({"a": 1})
        Output(json=True).json_line({"a": 1})
    assert out.getvalue() == '{\n  "a": 1\n}\n{"a":1}\n'
    Output(json=True).json({"a": 1})
    assert capsys.readouterr().out == '{"a":1}\n'


def test_hints_are_for_people_who_watch(capsys: pytest.CaptureFixture[str]) -> None:
    with in_terminal() as (_, err):
        Output(json=True).hint("not told")
        assert err.getvalue() == ""
        Output().hint("told")
        assert "told" in err.getvalue()
    Output().hint("not told")
    assert capsys.readouterr() == ("", "")


def test_progress_is_shown_to_people_who_watch(capsys: pytest.CaptureFixture[str]) -> None:
    with in_terminal() as (out, err), Output().progress("looking", 10) as advance:
        advance(10)
    assert "looking" in err.getvalue()
    assert out.getvalue() == ""
    with in_terminal() as (_, err), Output(json=True).progress("looking", 10) as advance:
        advance(10)
    assert err.getvalue() == ""
    with Output().progress("looking", 10) as advance:
        advance(10)
    assert capsys.readouterr() == ("", "")


def test_trees_are_drawn_in_plain_letters_where_there_are_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(raw, encoding="ascii"))
    Output().row("└── a…")
    sys.stdout.flush()
    assert raw.getvalue() == b"`-- a~\n"


def test_findings_stand_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    Output().finding("ok", "green", "disk", "Enough.")
    assert capsys.readouterr().out == "ok      disk           Enough.\n"
