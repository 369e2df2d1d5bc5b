from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from stratum.kernel.clock import SystemClock
from stratum.store.errors import StoreBusy, StoreNewer, StoreUnreachable, StoreUnsuitable
from stratum.store.file_queue import FileQueue
from stratum.store.migrate import Applied, Migration
from stratum.store.migrate_sqlite import applied_sqlite, migrate_sqlite
from stratum.store.open import STORE_MIGRATIONS
from tests.store.raw import sqlite

SHELF = Migration("shelf", 1, "create", "CREATE TABLE shelf (id BIGINT)", "", (), "d1")
GROWN = Migration("shelf", 2, "grow", "ALTER TABLE shelf ADD COLUMN body TEXT", "", (), "d2")
BROKEN = Migration("shelf", 2, "break", "CREATE TABLE other (id BIGINT); CREATE TABLE shelf (id BIGINT)", "", (), "d3")
_CLOCK = SystemClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "store.db"


def _tables(file: Path) -> set[str]:
    with sqlite(file) as connection:
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return {str(row[0]) for row in rows}


def _applied(*migrations: Migration) -> list[Applied]:
    return [Applied(migration.capability, migration.number, migration.digest) for migration in migrations]


def test_a_file_is_made_with_its_folder_its_tables_and_a_secret(file: Path) -> None:
    assert applied_sqlite(file) == []
    done, secret = migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF])
    assert done == [*STORE_MIGRATIONS, SHELF]
    assert len(secret) == 32
    assert _tables(file) == {"store_migration", "store_secret", "blob", "shelf"}
    assert applied_sqlite(file) == _applied(*STORE_MIGRATIONS, SHELF)


def test_a_second_time_does_nothing_and_knows_the_secret(file: Path) -> None:
    _, secret = migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF])
    assert migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF]) == ([], secret)


def test_only_what_is_new_is_applied(file: Path) -> None:
    _, secret = migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF])
    assert migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF, GROWN]) == ([GROWN], secret)
    assert applied_sqlite(file) == _applied(*STORE_MIGRATIONS, SHELF, GROWN)


def test_a_migration_that_fails_leaves_nothing_behind(file: Path) -> None:
    migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF])
    with pytest.raises(apsw.SQLError, match="already exists"):
        migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF, BROKEN])
    assert "other" not in _tables(file)
    assert applied_sqlite(file) == _applied(*STORE_MIGRATIONS, SHELF)
    assert migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF, GROWN])[0] == [GROWN]


def test_a_newer_or_an_edited_schema_is_refused_and_left_as_it_is(file: Path) -> None:
    migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF, GROWN])
    with pytest.raises(StoreNewer):
        migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF])
    with pytest.raises(StoreUnsuitable):
        migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF, replace(GROWN, digest="edited")])
    assert applied_sqlite(file) == _applied(*STORE_MIGRATIONS, SHELF, GROWN)


def test_many_at_once_make_it_once(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        working = [pool.submit(migrate_sqlite, file, _CLOCK, [*STORE_MIGRATIONS, SHELF]) for _ in range(8)]
        results = [work.result() for work in working]
    assert sorted(len(done) for done, _ in results) == [0] * 7 + [2]
    assert len({secret for _, secret in results}) == 1


def test_a_foreign_database_keeps_its_tables(file: Path) -> None:
    file.parent.mkdir()
    with sqlite(file) as connection:
        connection.execute("CREATE TABLE invoice (id INTEGER PRIMARY KEY); INSERT INTO invoice VALUES (1)")
    migrate_sqlite(file, _CLOCK, STORE_MIGRATIONS)
    assert _tables(file) >= {"invoice", "blob"}


def test_a_migration_waits_for_others_with_a_bound(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.mkdir()
    monkeypatch.setattr("stratum.store.migrate_sqlite.MIGRATE_SECONDS", 0.05)
    queue = FileQueue(file)
    queue.acquire()
    with pytest.raises(StoreBusy, match="Another program has held the database"):
        migrate_sqlite(file, _CLOCK, STORE_MIGRATIONS)
    queue.close()
    assert migrate_sqlite(file, _CLOCK, STORE_MIGRATIONS)[0] == list(STORE_MIGRATIONS)


def test_what_needs_no_migration_is_opened_without_waiting(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratum.store.migrate_sqlite.MIGRATE_SECONDS", 0.05)
    _, secret = migrate_sqlite(file, _CLOCK, STORE_MIGRATIONS)
    queue = FileQueue(file)
    queue.acquire()
    with sqlite(file) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        assert migrate_sqlite(file, _CLOCK, STORE_MIGRATIONS) == ([], secret)
        with pytest.raises(StoreBusy):
            migrate_sqlite(file, _CLOCK, [*STORE_MIGRATIONS, SHELF])
    queue.close()


def test_what_is_no_database_is_refused_and_left_as_it_is(file: Path) -> None:
    file.parent.mkdir()
    text = "Dear diary, " * 100
    file.write_text(text)
    for look in (lambda: migrate_sqlite(file, _CLOCK, STORE_MIGRATIONS), lambda: applied_sqlite(file)):
        with pytest.raises(StoreUnsuitable, match="is not a SQLite database"):
            look()
    assert file.read_text() == text


def test_a_folder_in_the_place_of_the_file_is_refused(file: Path) -> None:
    file.mkdir(parents=True)
    for look in (lambda: migrate_sqlite(file, _CLOCK, STORE_MIGRATIONS), lambda: applied_sqlite(file)):
        with pytest.raises(StoreUnreachable, match="it is a folder"):
            look()


def test_a_file_in_the_place_of_the_folder_is_refused(file: Path) -> None:
    file.parent.write_text("not a folder")
    with pytest.raises(StoreUnreachable, match="cannot be read or opened"):
        migrate_sqlite(file, _CLOCK, STORE_MIGRATIONS)
