"""stratum start: a run is started, and its result waited for."""

import io
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.shell import Shell, beside_a_worker


def test_the_runs_id_is_the_answer(shell: Shell, store: str) -> None:
    answer = shell("start", "acme:greet", "--input", '{"name": "Ada"}')
    assert answer.code == 0
    assert answer.err == ""
    (run_id,) = answer.lines
    shell.work(store)
    assert shell("show", run_id, "--json").json["result"] == "Hello, Ada"


def test_programs_get_id_and_agent(shell: Shell) -> None:
    assert shell("start", "acme:greet", "--id", "r1", "--json").json == {"id": "r1", "agent": "greet"}


@pytest.mark.parametrize("words", [["acme:app:greet"], ["acme", "--agent", "greet"], ["acme:app", "--agent", "greet"]])
def test_an_agent_can_be_named_in_several_ways(shell: Shell, words: list[str]) -> None:
    assert shell("start", *words, "--json").json["agent"] == "greet"


def test_input_comes_from_a_file_or_from_standard_input(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("in.json").write_text('{"name": "file"}')
    shell.started("acme:greet", "--input", "@in.json", "--id", "r1")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"name": "pipe"}')))
    shell.started("acme:greet", "--input", "-", "--id", "r2")
    inputs = [shell("show", run, "--json").json["input"]["name"] for run in ("r1", "r2")]
    assert inputs == ["file", "pipe"]


def test_the_same_start_twice_is_one_run(shell: Shell) -> None:
    for _ in range(2):
        assert shell.started("acme:greet", "--id", "r1") == "r1"
    assert len(shell("runs", "--json").json["runs"]) == 1
    answer = shell("start", "acme:greet", "--id", "r1", "--input", '{"name": "other"}')
    assert answer.code == 1
    assert "The run id 'r1' is taken by a run of another input" in answer.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"nam": "x"}', "$.nam: Extra inputs are not permitted"),
        ('{"name": 3}', "$.name: Input should be a valid string"),
        (
            '{"notes": [{"title": "a"}, {"title": "b", "words": "x"}]}',
            "$.notes[1].words: Input should be a valid integer",
        ),
        ("[1]", "$: it should be an object with the agent's arguments"),
        ("{", "--input is not JSON"),
    ],
)
def test_wrong_input_is_answered_with_its_place(shell: Shell, text: str, said: str) -> None:
    answer = shell("start", "acme:greet", "--input", text)
    assert answer.code == 2
    assert said in answer.err
    assert not (shell.folder / "stratum.db").exists()


def test_wrong_input_is_answered_with_what_the_agent_takes(shell: Shell) -> None:
    (shell.folder / "two.py").write_text(
        "from datetime import date\nfrom acme import Note\nfrom stratum import App, Run\napp = App('two')\n"
        "@app.agent()\n"
        "async def plan(run: Run, day: date, notes: list[Note], tags: dict[str, int] | None = None): ...\n"
        "@app.agent()\nasync def nothing(run: Run): ...\n"
    )
    takes = "It takes day: date, notes: array of Note, tags (optional): object or null."
    assert takes in shell("start", "two:plan").err
    assert "It takes no arguments" in shell("start", "two:nothing", "--input", '{"a": 1}').err


def test_values_that_json_has_no_type_for_are_checked_as_json(shell: Shell) -> None:
    (shell.folder / "two.py").write_text(
        "from datetime import date\nfrom pydantic import BaseModel, ConfigDict\n"
        "from stratum import App, Run\napp = App('two')\n"
        "class Strict(BaseModel):\n    model_config = ConfigDict(strict=True)\n    day: date\n"
        "@app.agent()\nasync def plan(run: Run, what: Strict): ...\n"
    )
    assert shell("start", "two:plan", "--input", '{"what": {"day": "2026-11-20"}}').code == 0


def test_a_result_is_waited_for(shell: Shell, store: str) -> None:
    with beside_a_worker(store):
        answer = shell("start", "acme:greet", "--input", '{"name": "Ada"}', "--id", "r1", "--wait")
        assert (answer.code, answer.lines) == (0, ["r1", '"Hello, Ada"'])
        answer = shell("start", "acme:greet", "--input", '{"name": "Ada"}', "--id", "r1", "--wait", "--json")
        assert answer.json == {"id": "r1", "status": "done", "result": "Hello, Ada", "error": None}


def test_a_failure_that_was_waited_for_is_an_error(shell: Shell, store: str) -> None:
    with beside_a_worker(store):
        answer = shell("start", "acme:broken", "--id", "r1", "--wait")
        assert (answer.code, answer.lines) == (1, ["r1"])
        assert "Run r1 failed: Step 'call' failed" in answer.err
        answer = shell("start", "acme:broken", "--id", "r1", "--wait", "--json")
        assert answer.code == 1
        assert (answer.json["status"], answer.json["error"]["code"]) == ("failed", "run_failed")


def test_who_waits_in_vain_is_told_that_no_worker_is_there(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as later:

        async def nobody(*_: object) -> bool:
            # Only now does a worker come, so that the command ends.
            later.enter_context(beside_a_worker())
            return False

        monkeypatch.setattr("stratum.cli.start._PATIENCE_SECONDS", 0.01)
        monkeypatch.setattr("stratum.cli.start.is_taken", nobody)
        answer = shell("start", "acme:greet", "--wait", "--json")
    assert answer.json["result"] == "Hello, you"
    assert answer.err == "No living worker takes runs of agent 'greet' now. Start one: stratum up APP\n"


@pytest.mark.slow
def test_who_stops_waiting_is_told_that_the_run_goes_on(shell: Shell) -> None:
    with shell.process("start", "acme:greet", "--id", "r1", "--wait") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "r1\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "The run goes on without us. Watch it: stratum tail r1" in err
    assert shell("show", "r1", "--json").json["run"]["status"] == "ready"


def test_a_terminal_is_told_what_to_do_next(shell: Shell) -> None:
    answer = shell.in_terminal("start", "acme:greet", "--id", "r1", columns=200)
    assert answer.lines == ["r1"]
    assert "No living worker takes runs of agent 'greet' now. Start one: stratum up APP" in answer.err
    assert "Watch it: stratum tail r1" in answer.err
