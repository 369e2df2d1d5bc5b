"""stratum bench: measures, and leaves nothing behind."""

from tests.cli.shell import Shell


def test_a_store_is_measured_beside_its_raw_commits(shell: Shell, store: str) -> None:
    before = sorted(shell.folder.iterdir())
    found = shell("bench", "--runs", "4", "--history", "10", "--json").json
    assert [line["runs_in_flight"] for line in found["steps"]] == [1, 100, 256]
    assert 11.9 <= found["steps"][0]["flushes_per_run"] <= 12.1
    assert found["steps"][1]["flushes_per_run"] > 0
    assert 0 < found["bytes_per_step"] <= 2_000
    assert found["resume"][0]["steps"] == 10
    assert found["raw"]["per_second"] > 0
    assert sorted(shell.folder.iterdir()) == before
    assert store


def test_people_get_a_line_for_each_measure(shell: Shell) -> None:
    lines = shell("bench", "--runs", "2", "--history", "1").lines
    assert lines[0].startswith("raw commits")
    assert [line.split()[0] for line in lines[1:4]] == ["1", "100", "256"]
