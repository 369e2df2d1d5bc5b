"""stratum show: one run, its steps, its errors, and what it waits for."""

import pytest
from rich.text import Text

from tests.cli.shell import Shell

pytestmark = pytest.mark.usefixtures("store")


def test_a_run_is_shown_with_its_steps_and_its_result(shell: Shell, store: str) -> None:
    shell.started("acme:many", "--id", "r1", "--input", '{"count": 2}')
    shell.work(store)
    answer = shell("show", "r1")
    assert answer.code == 0
    assert answer.lines[0].startswith("r1  many  done in ")
    assert '  input    {"count":2}' in answer.lines
    assert "  result   2" in answer.lines
    names = [line.split("  ")[0].rstrip() for line in answer.lines if line.startswith(("├", "│", "└"))]
    assert names[0] == "├── map one"
    assert any("[a/n0]" in line for line in answer.lines)
    assert any(line.startswith("    └── hello") for line in answer.lines)


def test_a_failed_run_is_shown_with_its_tries_and_how_to_see_more(shell: Shell, store: str) -> None:
    shell.started("acme:broken", "--id", "r1", "--input", '{"message": "\\u001b]0;x\\u0007"}')
    shell.work(store)
    answer = shell("show", "r1")
    assert "failed after 3 tries: ConnectionError: \\x1b]0;x\\x07" in answer.out
    assert "try 1, " in answer.out
    assert "  error    Step 'call' failed (transient) after it was tried 3 times" in answer.out
    assert "stratum show r1 --full" in answer.lines[-1]
    assert "Traceback" not in answer.out
    full = shell("show", "r1", "--full")
    assert "Traceback" in full.out
    assert "stratum show r1 --full" not in full.out
    assert "\x1b" not in full.out


def test_a_waiting_run_is_shown_with_what_it_waits_for_and_how_to_answer(shell: Shell, store: str) -> None:
    shell.started("acme:ask", "--id", "r1")
    shell.work(store)
    answer = shell("show", "r1")
    assert answer.lines[0].startswith("r1  ask  waiting, wakes in 59 min")
    assert "  waits    wait answer: waits for the signal 'answer' until " in answer.out
    assert answer.lines[-1] == "  next     Answer it: stratum signal r1 answer JSON"
    (wait,) = shell("show", "r1", "--json").json["waits_for"]
    assert (wait["call"], wait["kind"], wait["signal"]) == ("wait answer", "signal", "answer")
    assert wait["until"].endswith("Z")


def test_a_ready_run_that_nobody_takes_is_shown_with_how_to_change_that(shell: Shell) -> None:
    shell.started("acme:greet", "--id", "r1")
    assert "No living worker takes runs of agent 'greet'. Start one: stratum up APP" in shell("show", "r1").out


def test_children_are_shown_below_their_parent(shell: Shell, store: str) -> None:
    shell.started("acme:parent", "--id", "r1")
    shell.work(store)
    answer = shell("show", "r1")
    (line,) = [line for line in answer.lines if line.startswith("  children")]
    child = line.split()[1]
    assert child.startswith("r1.")
    assert "greet  done in" in line
    assert "  parent   r1" in shell("show", child).lines
    assert [found["id"] for found in shell("show", "r1", "--json").json["children"]] == [child]


def test_programs_get_run_input_result_and_journal(shell: Shell, store: str) -> None:
    shell.started("acme:greet", "--id", "r1", "--input", '{"name": "Ada"}')
    shell.work(store)
    found = shell("show", "r1", "--json").json
    assert found["run"]["status"] == "done"
    assert found["input"] == {"name": "Ada", "notes": None}
    assert (found["result"], found["error"]) == ("Hello, Ada", None)
    assert [(event["seq"], event["kind"], event["key"]) for event in found["events"]] == [
        (1, "started", ""),
        (2, "step", "hello"),
        (3, "done", ""),
    ]


def test_programs_get_the_error_of_a_failed_run(shell: Shell, store: str) -> None:
    shell.started("acme:broken", "--id", "r1")
    shell.work(store)
    found = shell("show", "r1", "--json").json
    assert found["result"] is None
    assert found["error"]["cause"] == "ConnectionError: no route"


def test_a_cancelled_run_is_shown_with_the_reason(shell: Shell, store: str) -> None:
    shell.started("acme:ask", "--id", "r1")
    shell.work(store)
    shell("cancel", "r1", "--reason", "not needed")
    shell.work(store)
    answer = shell("show", "r1")
    assert "was not finished" in answer.out
    assert "  error    The run was cancelled. Reason: not needed" in answer.lines


def test_a_terminal_gets_no_line_wider_than_it_is(shell: Shell, store: str) -> None:
    shell.started("acme:many", "--id", "r1", "--input", '{"count": 30}')
    shell.work(store)
    answer = shell.in_terminal("show", "r1", columns=50)
    assert max(len(Text.from_ansi(line).plain) for line in answer.lines) <= 50
    assert "… 10 more" in answer.out
