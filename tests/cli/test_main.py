"""The entry point: help, wrong usage, errors in words, and exit codes."""

import io
import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from stratum.cli.commands import COMMANDS
from tests.cli.shell import Shell


def test_help_lists_every_command_in_order_and_the_exit_codes(shell: Shell) -> None:
    answer = shell("--help")
    names = [line.split()[1] for line in answer.lines if line.startswith("│ ") and line[2] != " "]
    assert names[: len(COMMANDS)] == [command.name for command in COMMANDS]
    assert "Exit codes: 0 done" in answer.out
    assert answer.code == 0


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_each_command_has_a_help_page(shell: Shell, command: str) -> None:
    answer = shell(command, "--help")
    assert answer.code == 0
    assert answer.out.startswith(f"Usage: stratum {command}")


def test_no_command_is_answered_with_the_list(shell: Shell) -> None:
    assert "Commands" in shell().out


def test_the_version_is_the_distributions(shell: Shell) -> None:
    assert shell("--version").out.strip() == version("stratum-agents")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shwo"], 'Unknown command "shwo". Did you mean "show"?'),
        (["show"], 'Command "show" parameter RUN requires an argument. See `stratum show --help`.'),
        (["show", "a", "b"], "What is 'b' for? It is one word too many. See `stratum show --help`."),
        (["runs", "--limt", "3"], "Unknown option: --limt. Did you mean --limit? See `stratum runs --help`."),
        (["runs", "--limit", "x"], 'unable to convert "x" into int'),
        (["runs", "--status", "x"], 'Choose from: "ready", "running"'),
        (["up", "acme", "--workers", "0"], "Must be >= 1"),
    ],
)
def test_wrong_usage_is_answered_with_what_would_do(shell: Shell, words: list[str], said: str) -> None:
    answer = shell(*words)
    assert answer.code == 2
    assert said in answer.err
    assert answer.out == ""


def test_an_error_is_json_in_the_place_of_the_answer_for_programs(shell: Shell) -> None:
    answer = shell("runs", "--json", "--store", "nothing")
    assert answer.code == 2
    assert answer.json["error"]["code"] == "invalid_input"
    assert answer.json["error"]["message"] in answer.err


def test_an_error_is_safe_and_bold_in_a_terminal(shell: Shell) -> None:
    answer = shell.in_terminal("runs", "--store", "\x1b]0;title\x07[bold]")
    assert "\x1b]0" not in answer.err
    assert "[bold]" in answer.err
    assert "\x1b[1;31merror: " in answer.err


def test_a_fault_of_ours_asks_to_be_reported(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> str:
        message = "unforeseen"
        raise RuntimeError(message)

    monkeypatch.setattr("stratum.cli.runs.open_existing", broken)
    answer = shell("runs")
    assert answer.code == 1
    assert "This is a fault in Stratum (RuntimeError: unforeseen). Please report it" in answer.err
    assert "Traceback" in answer.err


def test_an_interrupted_command_says_so_with_its_exit_code(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("stratum.cli.runs.open_existing", interrupted)
    assert shell("runs").code == 130


def test_letters_that_an_encoding_lacks_are_written_out(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    shell.started("acme:greet", "--input", '{"name": "漢"}', "--id", "r1")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert shell("show", "r1").code == 0
    assert b'"name":"\\u6f22"' in raw.getvalue()


def test_a_reader_that_goes_away_is_no_fault(shell: Shell) -> None:
    for _ in range(2):
        shell.started("acme:greet")
    process = subprocess.Popen(
        [sys.executable, "-m", "stratum.cli", "runs", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")


def test_what_a_command_needs_is_imported_when_it_is_called() -> None:
    text = "import sys; from stratum.cli import main; main(['--help']); print(sorted(sys.modules))"
    process = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True, env=os.environ)
    assert "stratum.cli.main" in process.stdout
    assert "stratum.cli.show" not in process.stdout
