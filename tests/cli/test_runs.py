"""stratum runs: the newest runs."""

import pytest

from tests.cli.shell import Shell

pytestmark = pytest.mark.usefixtures("store")


def test_the_newest_runs_are_listed_first_with_how_they_stand(shell: Shell, store: str) -> None:
    shell.started("acme:greet", "--id", "r1")
    shell.started("acme:broken", "--id", "r2", "--input", '{"message": "\\u001b[31mred"}')
    shell.work(store)
    shell.started("acme:ask", "--id", "r3")
    head, *rows = shell("runs").lines
    assert head.split() == ["RUN", "AGENT", "STATUS", "STARTED", "TOOK", "EVENTS", "WHY"]
    assert [row.split()[:3] for row in rows] == [
        ["r3", "ask", "ready"],
        ["r2", "broken", "failed"],
        ["r1", "greet", "done"],
    ]
    assert "ConnectionError: \\x1b[31mred" in rows[1]


def test_runs_are_picked_by_status_and_agent(shell: Shell, store: str) -> None:
    shell.started("acme:greet", "--id", "r1")
    shell.work(store)
    shell.started("acme:greet", "--id", "r2")
    shell.started("acme:ask", "--id", "r3")

    def ids(*words: str) -> list[str]:
        return [run["id"] for run in shell("runs", "--json", *words).json["runs"]]

    assert ids() == ["r3", "r2", "r1"]
    assert ids("--status", "ready") == ["r3", "r2"]
    assert ids("--status", "ready", "--agent", "greet") == ["r2"]
    assert ids("--limit", "1") == ["r3"]
    assert ids("--tenant", "other") == []


def test_programs_get_the_whole_state_of_each_run(shell: Shell) -> None:
    shell.started("acme:greet", "--id", "r1", "--priority", "3")
    (run,) = shell("runs", "--json").json["runs"]
    assert run["created_at"].endswith("Z")
    del run["created_at"]
    assert run == {
        "id": "r1", "tenant": "default", "agent": "greet", "version": "1", "queue": "default", "priority": 3,
        "status": "ready", "reason": None, "events": 1, "ended_at": None, "wake_at": None, "deadline": None,
        "worker": None, "workers_lost": 0, "parent": None, "root": "r1",
    }  # fmt: skip


def test_nothing_to_list_is_said_beside_the_answer(shell: Shell) -> None:
    shell("migrate")
    answer = shell("runs")
    assert (answer.code, answer.out, answer.err) == (0, "", "There are no runs yet.\n")
    assert shell("runs", "--status", "done").err == "There are no such runs.\n"
    assert shell("runs", "--json").json == {"runs": []}


def test_a_limit_out_of_range_is_refused(shell: Shell) -> None:
    shell("migrate")
    answer = shell("runs", "--limit", "1001")
    assert answer.code == 2
    assert "limit=1001 is out of range" in answer.err


def test_a_terminal_is_told_when_there_may_be_more(shell: Shell) -> None:
    for _ in range(2):
        shell.started("acme:greet")
    assert "There may be more: --limit 4" in shell.in_terminal("runs", "--limit", "2").err
    assert shell.in_terminal("runs").err == ""
