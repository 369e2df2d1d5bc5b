from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast

import apsw
import pytest

from stratum.store.checkpoints import CARRY_PAGES, RESTART_PAGES, Checkpoints
from stratum.store.sqlite_connection import Connection, connect

_PAGE_BYTES = 4096
_LONG = 30.0
# One row fills about a page.
_ROW = "x" * 4_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def writer(file: Path) -> Iterator[Connection]:
    connection = connect(file, write=True, create=True, busy_seconds=5)
    connection.execute("CREATE TABLE item (body TEXT)")
    # What is tested is the length of the log, and flushing it is most of the time.
    connection.pragma("synchronous", "OFF")
    yield connection
    connection.close()


@pytest.fixture
def reader(file: Path, writer: Connection) -> Iterator[Connection]:
    connection = connect(file, write=False, busy_seconds=5)
    yield connection
    connection.close()


def _write(writer: Connection, pages: int, at_once: int = 500) -> None:
    for _ in range(pages // at_once):
        writer.execute("BEGIN IMMEDIATE")
        writer.executemany("INSERT INTO item VALUES (:body)", [{"body": _ROW}] * at_once)
        writer.execute("COMMIT")


def _log_pages(file: Path) -> int:
    return file.with_name(file.name + "-wal").stat().st_size // _PAGE_BYTES


def test_the_log_begins_again_when_nobody_reads(file: Path, writer: Connection) -> None:
    Checkpoints(writer, 5_000)
    _write(writer, 3 * RESTART_PAGES)
    assert _log_pages(file) < 2 * CARRY_PAGES


def test_without_checkpoints_the_log_grows(file: Path, writer: Connection) -> None:
    _write(writer, 2 * CARRY_PAGES)
    assert _log_pages(file) >= 2 * CARRY_PAGES


@pytest.mark.slow
def test_readers_that_follow_each_other_do_not_keep_the_log_from_beginning_again(
    file: Path, writer: Connection
) -> None:
    Checkpoints(writer, 5_000)
    done = Event()

    def read_and_read(place: int) -> None:
        connection = connect(file, write=False, busy_seconds=5)
        reads = 0
        while not done.is_set():
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM (SELECT 1 FROM item LIMIT 20000)").fetchall()
            connection.execute("COMMIT")
            reads += 1
        connection.close()
        counts[place] = reads

    counts = [0, 0]
    threads = [Thread(target=read_and_read, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    try:
        _write(writer, 4 * RESTART_PAGES)
    finally:
        done.set()
        for thread in threads:
            thread.join(_LONG)
    assert all(counts)
    assert _log_pages(file) < 2 * RESTART_PAGES


@pytest.mark.slow
def test_one_who_reads_for_long_holds_up_no_writer_and_sees_one_state(
    file: Path, writer: Connection, reader: Connection
) -> None:
    Checkpoints(writer, 5_000)
    _write(writer, 500)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM item").fetchone() == (500,)
    _write(writer, RESTART_PAGES + 2 * CARRY_PAGES)
    assert reader.execute("SELECT count(*) FROM item").fetchone() == (500,)
    assert _log_pages(file) >= RESTART_PAGES
    reader.execute("COMMIT")
    _write(writer, 2 * RESTART_PAGES)
    grown = _log_pages(file)
    _write(writer, RESTART_PAGES)
    assert _log_pages(file) == grown, "The log did not begin again after the long read."


class _Failing:
    """A connection whose checkpoints fail, as on a full disk."""

    def __init__(self, connection: Connection, error: type[apsw.Error]) -> None:
        self._connection = connection
        self._error = error
        self.tried = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the connection has
        return getattr(self._connection, name)

    def wal_checkpoint(self, _name: str | None, _mode: int) -> object:
        self.tried += 1
        raise self._error


@pytest.mark.parametrize("pages", [CARRY_PAGES, RESTART_PAGES])
@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError])
def test_a_checkpoint_that_fails_does_not_undo_its_commit(
    writer: Connection, monkeypatch: pytest.MonkeyPatch, pages: int, error: type[apsw.Error]
) -> None:
    failing = _Failing(writer, error)
    checkpoints = Checkpoints(cast("Connection", failing), 5_000)
    writer.set_wal_hook(lambda connection, name, _pages: checkpoints.committed(connection, name, pages))
    _write(writer, 1, at_once=1)
    assert failing.tried == 1
    assert writer.execute("SELECT count(*) FROM item").fetchone() == (1,)
    assert writer.pragma("busy_timeout") == 5_000
