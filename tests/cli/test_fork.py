"""stratum fork: a new run from a step of another one."""

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def greeted(shell: Shell, store: str) -> str:
    """A run that is done."""
    run = shell.started("acme:greet", "--id", "r1")
    shell.work(store)
    return run


def test_a_step_is_done_again_with_other_arguments(shell: Shell, store: str, greeted: str) -> None:
    answer = shell("fork", greeted, "--step", "hello", "--args", '["Ada"]', "--id", "r2")
    assert (answer.code, answer.out) == (0, "r2\n")
    shell.work(store)
    assert shell("show", "r2", "--json").json["result"] == "Hello, Ada"


def test_a_result_stands_for_a_step(shell: Shell, store: str, greeted: str) -> None:
    shell("fork", greeted, "--step", "hello", "--result", '"Good day"', "--id", "r2")
    shell.work(store)
    assert shell("show", "r2", "--json").json["result"] == "Good day"


def test_another_input_is_checked_by_the_app(shell: Shell, store: str, greeted: str) -> None:
    assert "--app" in shell("fork", greeted, "--step", "hello", "--input", '{"name": "Bo"}').err
    wrong = shell("fork", greeted, "--step", "hello", "--input", '{"nme": 1}', "--app", "acme")
    assert wrong.code == 2
    assert "$.nme" in wrong.err
    answer = shell("fork", greeted, "--step", "hello", "--input", '{"name": "Bo"}', "--app", "acme", "--json")
    assert answer.json["forked_from"] == greeted
    shell.work(store)
    assert shell("show", answer.json["id"], "--json").json["result"] == "Hello, Bo"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--step", "goodbye"], "no step 'goodbye'"),
        (["--args", "[1]"], "of a step"),
        (["--step", "hello", "--args", "{}"], "JSON list"),
        (["--step", "hello", "--args", "[", "--id", "x"], "--args"),
    ],
)
def test_what_does_not_fit_is_told(shell: Shell, greeted: str, words: list[str], complaint: str) -> None:
    answer = shell("fork", greeted, *words)
    assert answer.code in {1, 2}
    assert complaint in answer.err
