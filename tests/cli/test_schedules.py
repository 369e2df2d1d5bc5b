"""stratum schedules: what is started by the clock."""

from pathlib import Path

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def declared(shell: Shell, store: str) -> Shell:
    """A store that has the app's two schedules."""
    module = Path("acme.py")
    declarations = (
        '\napp.schedule("hourly", greet, every=timedelta(hours=1))'
        '\napp.schedule("early", greet, cron="0 7 * * *", timezone="Europe/Berlin")\n'
    )
    module.write_text(module.read_text() + declarations)
    shell.forget_app()
    shell.started("acme:greet", "--id", "r1")
    shell.work(store)
    return shell


def test_schedules_are_listed_with_when_and_next(declared: Shell) -> None:
    lines = declared("schedules").lines
    assert [line.split()[0] for line in lines] == ["SCHEDULE", "early", "hourly"]
    assert "0 7 * * * Europe/Berlin" in lines[1]
    assert "every 1 h" in lines[2]


def test_programs_get_the_whole(declared: Shell) -> None:
    early, hourly = declared("schedules", "--json").json["schedules"]
    assert (early["id"], early["timing"]["timezone"], early["paused"]) == ("early", "Europe/Berlin", False)
    assert (hourly["last_run"], hourly["gaps"]) == (None, [])


def test_a_schedule_is_paused_and_continued(declared: Shell) -> None:
    assert "paused" in declared("schedules", "--pause", "hourly").out
    assert "paused" not in declared("schedules", "--resume", "hourly").out


def test_what_does_not_fit_is_told(declared: Shell) -> None:
    assert declared("schedules", "--pause", "weekly").code == 1
    assert declared("schedules", "--pause", "hourly", "--resume", "hourly").code == 2


def test_a_store_without_schedules_says_how_to_declare_one(shell: Shell) -> None:
    shell.started("acme:greet", "--id", "r1")
    assert "app.schedule" in shell("schedules").err
