import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from stratum.store.batch import CommitBrokeError
from stratum.store.errors import StoreBusy, StoreUnreachable, StoreUnsuitable, TransactionAbused
from stratum.store.file_queue import QueueBusyError
from stratum.store.migrate import load_migrations
from stratum.store.migrate_sqlite import migrate_sqlite
from stratum.store.open import STORE_MIGRATIONS
from stratum.store.sqlite import SqliteSession
from stratum.testing import FakeClock, eventually
from stratum.testing.store_suite.rows import Item, ids, put
from tests.store.raw import sqlite

_NOBODY: frozenset[str] = frozenset()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "store.db"
    migrate_sqlite(file, FakeClock(), [*STORE_MIGRATIONS, *load_migrations("stratum.testing")])
    return file


@pytest.fixture
def session(file: Path) -> Iterator[SqliteSession]:
    session = SqliteSession(file, FakeClock(5), write=True, busy_seconds=0.05)
    yield session
    session.close()


def _reading(file: Path) -> SqliteSession:
    return SqliteSession(file, FakeClock(), write=False, busy_seconds=0.05)


def test_a_transaction_has_the_clocks_time_and_the_databases_secret(file: Path) -> None:
    secret = migrate_sqlite(file, FakeClock(), STORE_MIGRATIONS)[1]
    session = SqliteSession(file, FakeClock(5), write=True, busy_seconds=0.05, secret=secret)
    tx = session.begin(_NOBODY, flush=True)
    assert (tx.now, tx.secret, tx.features.name) == (5, secret, "sqlite")
    session.close()


@pytest.mark.parametrize("write", [True, False])
def test_a_file_that_was_moved_away_takes_no_more(file: Path, *, write: bool) -> None:
    session = SqliteSession(file, FakeClock(), write=write, busy_seconds=0.05)
    moved = file.rename(file.with_name("moved.db"))
    for _ in range(2):
        with pytest.raises(FileNotFoundError) as gone:
            session.begin(_NOBODY, flush=True)
        session.rollback()
        assert isinstance(session.translate(gone.value), StoreUnreachable)
        file.touch()
    moved.rename(file)
    session.begin(_NOBODY, flush=True)
    session.commit()
    session.close()


def test_another_database_in_the_place_of_the_first_is_refused(file: Path) -> None:
    secret = migrate_sqlite(file, FakeClock(), STORE_MIGRATIONS)[1]
    other = file.with_name("other.db")
    migrate_sqlite(other, FakeClock(), STORE_MIGRATIONS)
    empty = file.with_name("empty.db")
    empty.touch()
    for wrong in (other, empty):
        with pytest.raises(StoreUnsuitable, match="was replaced by another one"):
            SqliteSession(wrong, FakeClock(), write=True, busy_seconds=1, secret=secret)
    SqliteSession(file, FakeClock(), write=True, busy_seconds=1, secret=secret).close()


def test_a_commit_gives_the_topics_and_an_undone_part_none(session: SqliteSession) -> None:
    tx = session.begin(_NOBODY, flush=True)
    tx.wake("a", "b")
    session.savepoint()
    tx.wake("c")
    session.undo()
    session.savepoint()
    tx.wake("d")
    session.release()
    assert session.commit() == ["a", "b", "d"]
    session.begin(_NOBODY, flush=True)
    assert session.commit() == []


@pytest.mark.parametrize("flush", [True, False])
def test_only_what_need_not_be_flushed_is_not(session: SqliteSession, *, flush: bool) -> None:
    for _ in range(2):
        session.begin(_NOBODY, flush=flush)
        assert session.connection.pragma("synchronous") == (2 if flush else 1)
        session.commit()
    session.begin(_NOBODY, flush=True)
    assert session.connection.pragma("synchronous") == 2
    session.rollback()


def test_commits_of_others_are_noticed_and_our_own_are_not(file: Path, session: SqliteSession) -> None:
    other = SqliteSession(file, FakeClock(), write=True, busy_seconds=1)
    session.others_committed()
    assert not session.others_committed()
    put(session.begin(_NOBODY, flush=True), Item(1))
    session.commit()
    assert not session.others_committed()
    assert other.others_committed()
    put(other.begin(_NOBODY, flush=True), Item(2))
    other.rollback()
    assert not session.others_committed()
    put(other.begin(_NOBODY, flush=True), Item(2))
    other.commit()
    assert session.others_committed()
    other.close()


async def test_another_thread_can_give_up_for_a_writer_that_waits_for_another_of_ours(
    file: Path, session: SqliteSession
) -> None:
    other = SqliteSession(file, FakeClock(), write=True, busy_seconds=1)
    assert session.give_up() is None
    other.begin(_NOBODY, flush=True)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(session.begin, _NOBODY, flush=True)
        told = await eventually(session.give_up)
        assert isinstance(told, StoreBusy)
        assert "for over 0.05 s" in str(told)
        other.commit()
        with pytest.raises(QueueBusyError):
            waiting.result(20)
    session.rollback()
    session.begin(_NOBODY, flush=True)
    session.commit()
    other.close()


def test_a_writer_waits_for_a_foreign_program_with_a_bound(file: Path, session: SqliteSession) -> None:
    with sqlite(file) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(apsw.BusyError) as busy:
            session.begin(_NOBODY, flush=True)
        session.rollback()
        told = str(session.translate(busy.value))
        assert "Another program has held the database" in told
        assert "for over 0.05 s" in told
        foreign.execute("COMMIT")
    session.begin(_NOBODY, flush=True)
    session.commit()


def test_while_a_foreign_program_writes_others_of_ours_do_not_wait_for_a_waiting_one(
    file: Path, session: SqliteSession
) -> None:
    other = SqliteSession(file, FakeClock(), write=True, busy_seconds=1)
    with sqlite(file) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(apsw.BusyError):
            session.begin(_NOBODY, flush=True)
        session.rollback()
        foreign.execute("COMMIT")
    put(other.begin(_NOBODY, flush=True), Item(1))
    other.commit()
    other.close()


def test_a_reader_that_writes_is_told_of_its_mistake(file: Path) -> None:
    reader = _reading(file)
    tx = reader.begin(_NOBODY, flush=False)
    with pytest.raises(apsw.ReadOnlyError) as refused:
        put(tx, Item(1))
    assert isinstance(reader.translate(refused.value), TransactionAbused)
    reader.rollback()
    reader.close()


def test_a_rollback_undoes_all_and_may_come_at_any_time(session: SqliteSession) -> None:
    session.rollback()
    put(session.begin(_NOBODY, flush=True), Item(1))
    session.rollback()
    session.rollback()
    assert ids(session.begin(_NOBODY, flush=True)) == []
    session.commit()


def test_closing_undoes_what_is_open_and_lets_the_next_one_write(file: Path, session: SqliteSession) -> None:
    other = SqliteSession(file, FakeClock(), write=True, busy_seconds=1)
    put(other.begin(_NOBODY, flush=True), Item(1))
    other.close()
    assert ids(session.begin(_NOBODY, flush=True)) == []
    session.commit()


def test_a_commit_without_an_answer_is_called_one(session: SqliteSession, monkeypatch: pytest.MonkeyPatch) -> None:
    session.begin(_NOBODY, flush=True)

    def broken(_statement: str) -> None:
        message = "disk I/O error"
        raise apsw.IOError(message)

    connection = session.connection
    monkeypatch.setattr(session, "connection", type("Broken", (), {"execute": staticmethod(broken)}))
    with pytest.raises(CommitBrokeError):
        session.commit()
    monkeypatch.setattr(session, "connection", connection)
    session.rollback()


@pytest.mark.skipif(sys.platform != "linux", reason="counts the process's files in /proc")
def test_sessions_leave_no_file_open_whether_they_could_be_made_or_not(file: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        SqliteSession(file, FakeClock(), write=True, busy_seconds=1).close()
        _reading(file).close()
        with pytest.raises(StoreUnreachable):
            _reading(file.with_name("none.db"))
    (file.parent / "other.db-gate").mkdir()
    for _ in range(5):
        with pytest.raises(StoreUnreachable):
            SqliteSession(file.with_name("other.db"), FakeClock(), write=True, busy_seconds=1)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
