"""Commands that read make no store, and say what is wrong with the one that is there."""

import pytest

from stratum.cli.opening import nearest
from tests.cli.shell import Shell

READING = [["runs"], ["show", "r"], ["tail", "r"], ["cancel", "r"], ["signal", "r", "go"], ["resume", "r"], ["doctor"]]


@pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
def test_a_store_that_is_not_there_is_not_made(shell: Shell, words: list[str]) -> None:
    answer = shell(*words, "--store", "sqlite:///none.db")
    assert answer.code == (1 if words == ["doctor"] else 3)
    assert "There is no store at sqlite:///none.db" in answer.err + answer.out
    assert "stratum up APP" in answer.err + answer.out
    assert [path.name for path in shell.folder.glob("none*")] == []


def test_a_schema_that_is_not_there_is_not_made(shell: Shell, postgres_url: str) -> None:
    for _ in range(2):
        answer = shell("runs", "--store", postgres_url)
        assert answer.code == 3
        assert "There is no store at postgresql://" in answer.err


def test_what_is_no_database_is_said_to_be_none(shell: Shell) -> None:
    (shell.folder / "text.db").write_text("This is a text, and long enough to be looked at.\n" * 10)
    answer = shell("runs", "--store", "sqlite:///text.db")
    assert answer.code == 3
    assert "text.db is not a SQLite database or is damaged" in answer.err


def test_a_folder_is_said_to_be_one(shell: Shell) -> None:
    answer = shell("runs", "--store", f"sqlite:///{shell.folder}")
    assert answer.code == 3
    assert "cannot be read or opened" in answer.err


def test_a_store_of_a_newer_stratum_is_left_alone(shell: Shell) -> None:
    shell("migrate")
    shell.sql("INSERT INTO store_migration VALUES ('runs', 999, 'x', 0)")
    answer = shell("runs")
    assert answer.code == 3
    assert "was migrated by a newer Stratum: it has runs/0999" in answer.err
    assert "Upgrade this program" in answer.err


def test_a_store_of_an_older_stratum_is_not_migrated_by_looking_at_it(shell: Shell) -> None:
    shell("migrate")
    shell.sql("DELETE FROM store_migration WHERE capability = 'memory'")
    for _ in range(2):
        answer = shell("runs")
        assert answer.code == 3
        assert "made by an older Stratum and lacks 1 migration. Bring it up to date: stratum migrate" in answer.err


def test_a_server_that_does_not_answer_is_said_to_be_away(shell: Shell) -> None:
    answer = shell("runs", "--store", "postgresql://ada:secret@127.0.0.1:1/name")
    assert answer.code == 3
    assert "The PostgreSQL server cannot be reached" in answer.err
    assert "secret" not in answer.err


@pytest.mark.slow
def test_a_locked_store_is_said_to_be_locked(shell: Shell) -> None:
    shell("migrate")
    with shell.locked():
        answer = shell("start", "acme:greet")
    assert answer.code == 3
    assert "Another program has held the database" in answer.err


@pytest.mark.parametrize("command", ["show", "tail", "cancel", "resume"])
def test_an_unknown_run_is_answered_with_those_that_may_be_meant(shell: Shell, command: str) -> None:
    shell.started("acme:greet", "--id", "brief-2026-11-20")
    answer = shell(command, "brief-2026-11-21")
    assert answer.code == 1
    assert "There is no run 'brief-2026-11-21' of tenant 'default'." in answer.err
    assert "Did you mean brief-2026-11-20? The list: stratum runs" in answer.err


def test_a_run_of_another_tenant_is_unknown(shell: Shell, store: str) -> None:
    shell.started("acme:greet", "--id", "r1", "--tenant", "acme")
    answer = shell("show", "r1")
    assert answer.code == 1
    assert "no run 'r1' of tenant 'default'" in answer.err
    assert "Did you mean" not in answer.err
    assert shell("show", "r1", "--tenant", "acme").code == 0


def test_ids_that_hold_what_was_given_are_suggested_before_similar_ones() -> None:
    known = ["run_abcdefgh", "run_abcdefgx", "other"]
    assert nearest("efgh", known) == ["run_abcdefgh"]
    assert nearest("run_abcdefgz", known) == ["run_abcdefgx", "run_abcdefgh"]
    assert nearest("nothing", known) == []
    assert nearest("", known) == []
