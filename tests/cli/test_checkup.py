"""The check-up of one store, finding by finding."""

import pytest

from stratum.cli.checkup import clock_finding, disk_finding, tenants_finding, version_finding
from stratum.cli.options import Place
from stratum.kernel.health import Level
from stratum.store.health import Vitals

SQLITE = Vitals("sqlite", "3.54.1", 0, "", unbound=False, owns=0, open_tables=())
POSTGRES = Vitals("postgres", "17.2", 0, "stratum_engine", unbound=False, owns=0, open_tables=())


@pytest.mark.parametrize(
    ("facts", "level", "said"),
    [
        (SQLITE, Level.OK, "SQLite 3.54.1."),
        (POSTGRES, Level.OK, "PostgreSQL 17.2."),
        (POSTGRES._replace(version="18beta1"), Level.OK, "PostgreSQL 18beta1."),
        (POSTGRES._replace(version="12.1"), Level.WARNING, "PostgreSQL 12.1 is older than 14"),
    ],
)
def test_the_databases_version_is_told(facts: Vitals, level: Level, said: str) -> None:
    finding = version_finding(facts)
    assert finding.level is level
    assert finding.message.startswith(said)


@pytest.mark.parametrize(
    ("skew", "level"), [(0, Level.OK), (999, Level.OK), (1_000, Level.WARNING), (30_000, Level.ERROR)]
)
def test_clocks_that_differ_are_told_apart_by_how_much(skew: int, level: Level) -> None:
    assert clock_finding(skew).level is level


def test_a_clock_that_differs_is_told_with_what_follows() -> None:
    finding = clock_finding(5_000)
    assert finding.message == "This machine's clock and the server's are 5.0 s apart, so timers ring early or late."
    assert "NTP" in finding.advice


@pytest.mark.parametrize(
    ("facts", "level", "said"),
    [
        (POSTGRES, Level.OK, "binds the role stratum_engine, which owns no table"),
        (POSTGRES._replace(unbound=True), Level.WARNING, "superuser or has BYPASSRLS"),
        (POSTGRES._replace(owns=3), Level.WARNING, "owns the tables"),
        (POSTGRES._replace(open_tables=("run",)), Level.ERROR, "does not cover run"),
    ],
)
def test_tenants_that_only_our_queries_keep_apart_are_told(facts: Vitals, level: Level, said: str) -> None:
    finding = tenants_finding(facts)
    assert finding.level is level
    assert said in finding.message


@pytest.mark.parametrize(
    ("free", "log", "level"),
    [
        (2 << 30, 0, Level.OK),
        (1 << 29, 0, Level.WARNING),
        (1 << 20, 0, Level.ERROR),
        (2 << 30, (1 << 30) + 1, Level.WARNING),
    ],
)
def test_a_disk_without_room_and_a_long_log_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, free: int, log: int, level: Level
) -> None:
    class Usage:
        def __init__(self) -> None:
            self.free = free

    def usage(_: object) -> Usage:
        return Usage()

    folder = tmp_path_factory.mktemp("disk")
    (folder / "a.db").write_bytes(b"x" * 1024)
    with (folder / "a.db-wal").open("wb") as file:
        file.truncate(log)
    monkeypatch.setattr("stratum.cli.checkup.disk_usage", usage)
    finding = disk_finding(Place(store=f"sqlite:///{folder / 'a.db'}"))
    assert finding.level is level
    assert bool(finding.advice) is (level is not Level.OK)
