"""stratum signal: a run is told something that it waits for."""

import io
import sys

import pytest

from tests.cli.shell import Shell


def test_a_run_gets_what_it_was_told(shell: Shell, store: str) -> None:
    shell.started("acme:ask", "--id", "r1")
    shell.work(store)
    answer = shell("signal", "r1", "answer", '"yes"')
    assert (answer.code, answer.out) == (0, "Told run r1 'answer'.\n")
    shell.work(store)
    assert shell("show", "r1", "--json").json["result"] == "yes"


@pytest.mark.parametrize(("given", "got"), [([], None), (['{"by": "Ada"}'], {"by": "Ada"}), (["@in.json"], [1])])
def test_a_value_is_json_or_a_file_or_nothing(shell: Shell, given: list[str], got: object) -> None:
    (shell.folder / "in.json").write_text("[1]")
    shell.started("acme:listen", "--id", "r1")
    shell("signal", "r1", "answer", *given)
    shell.work()
    assert shell("show", "r1", "--json").json["result"] == got


def test_the_same_signal_twice_is_told_once(shell: Shell, store: str) -> None:
    shell.started("acme:listen", "--id", "r1")
    for value in ("1", "2"):
        assert shell("signal", "r1", "answer", value, "--id", "s1").code == 0
    shell.work(store)
    assert shell("show", "r1", "--json").json["result"] == 1


def test_a_run_that_has_ended_is_not_told(shell: Shell, store: str) -> None:
    shell.started("acme:greet", "--id", "r1")
    shell.work(store)
    answer = shell("signal", "r1", "answer")
    assert (answer.code, answer.out) == (1, "Run r1 has already ended (done): it was not told 'answer'.\n")
    answer = shell("signal", "r1", "answer", "--json")
    assert answer.code == 1
    assert answer.json == {"id": "r1", "signal": "answer", "told": False, "status": "done"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["answer", "yes"], "The value is not JSON: expecting value at line 1, column 1"),
        ([""], "'' cannot be a signal's name"),
        (["answer", "1", "--id", "\x1b"], "cannot be a signal's id"),
    ],
)
def test_what_cannot_be_told_is_refused(shell: Shell, words: list[str], said: str) -> None:
    shell.started("acme:listen", "--id", "r1")
    answer = shell("signal", "r1", *words)
    assert answer.code == 2
    assert said in answer.err
    assert "\x1b" not in answer.err


def test_a_value_may_begin_with_a_hyphen(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.started("acme:listen", "--id", "r1")
    shell("signal", "r1", "answer", "-5", "--json")
    shell.started("acme:listen", "--id", "r2")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'"pipe"')))
    shell("signal", "r2", "answer", "-")
    shell.work()
    assert [shell("show", run, "--json").json["result"] for run in ("r1", "r2")] == [-5, "pipe"]
