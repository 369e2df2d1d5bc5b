"""stratum export and import: a run in another store."""

from pathlib import Path

from tests.cli.shell import Shell


def test_a_run_is_carried_to_another_store(shell: Shell, store: str) -> None:
    shell.started("acme:greet", "--id", "r1")
    shell.work(store)
    assert shell("export", "r1", "--file", "r1.json").code == 0
    answer = shell("import", "r1.json", "--store", "sqlite:///other.db")
    assert (answer.code, answer.out) == (0, "Run r1 was imported, done.\n")
    there = shell("show", "r1", "--json", "--store", "sqlite:///other.db").json
    assert there["result"] == "Hello, you"


def test_a_run_that_has_not_ended_is_parked_there(shell: Shell) -> None:
    shell.started("acme:ask", "--id", "r1")
    shell("export", "r1", "--file", "r1.json")
    answer = shell("import", "r1.json", "--store", "sqlite:///other.db", "--json")
    assert answer.json == {"id": "r1", "status": "parked"}


def test_export_writes_to_standard_output_by_default(shell: Shell) -> None:
    shell.started("acme:greet", "--id", "r1")
    assert shell("export", "r1").json["run"]["id"] == "r1"


def test_what_cannot_be_read_or_written_is_told(shell: Shell) -> None:
    shell.started("acme:greet", "--id", "r1")
    assert shell("export", "r1", "--file", "no/such/folder.json").code == 2
    assert shell("import", "nothing.json").code == 2
    Path("wrong.json").write_text("{}")
    answer = shell("import", "wrong.json")
    assert answer.code == 2
    assert "not an exported run" in answer.err
    assert shell("import", "wrong.json").code == 2
