import sys
from pathlib import Path

import apsw
import pytest

from stratum.store.errors import StoreUnsuitable
from stratum.store.sqlite_connection import connect


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.mark.parametrize("write", [True, False])
def test_durable_means_durable_by_default(file: Path, *, write: bool) -> None:
    connect(file, write=True, create=True, busy_seconds=1).close()
    connection = connect(file, write=write, busy_seconds=1.5)
    found = {
        name: connection.pragma(name)
        for name in ("journal_mode", "synchronous", "fullfsync", "checkpoint_fullfsync", "foreign_keys", "busy_timeout")
    }
    connection.close()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "fullfsync": 1,
        "checkpoint_fullfsync": 1,
        "foreign_keys": 1,
        "busy_timeout": 1_500,
    }


def test_a_connection_that_only_reads_makes_no_file_and_changes_none(file: Path) -> None:
    with pytest.raises(apsw.CantOpenError):
        connect(file, write=False, busy_seconds=1)
    assert not file.exists()
    connect(file, write=True, create=True, busy_seconds=1).close()
    reader = connect(file, write=False, busy_seconds=1)
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("CREATE TABLE item (id INT)")
    reader.close()


def test_a_database_without_a_write_ahead_log_is_refused() -> None:
    # A database in memory keeps none, as a file on some network drives.
    with pytest.raises(StoreUnsuitable, match=r"keeps no write-ahead log for :memory: .*'memory'"):
        connect(Path(":memory:"), write=True, busy_seconds=1)


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        (3_044_005, False),
        (3_044_006, True),
        (3_045_000, False),
        (3_050_006, False),
        (3_050_007, True),
        (3_051_000, False),
        (3_051_002, False),
        (3_051_003, True),
        (3_060_000, True),
    ],
)
def test_a_sqlite_that_can_lose_commits_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch, version: int, *, fixed: bool
) -> None:
    monkeypatch.setattr(apsw, "SQLITE_VERSION_NUMBER", version)
    if fixed:
        connect(file, write=True, create=True, busy_seconds=1).close()
        return
    with pytest.raises(StoreUnsuitable, match=r"can lose commits of several connections.*pip install --upgrade apsw"):
        connect(file, write=True, create=True, busy_seconds=1)
    assert not file.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="counts the process's files in /proc")
def test_a_connection_that_cannot_be_prepared_is_closed(file: Path) -> None:
    file.write_text("not a database, but long enough to be looked at " * 10)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(apsw.NotADBError):
            connect(file, write=True, create=True, busy_seconds=1)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_only_whoever_makes_the_database_makes_a_file(file: Path) -> None:
    for write in (True, False):
        with pytest.raises(apsw.CantOpenError):
            connect(file, write=write, busy_seconds=1)
    assert not file.exists()
