"""What the disk and the server can do by themselves, and where a scratch store goes."""

from pathlib import Path

import psycopg
import pytest

from stratum.kernel.clock import SystemClock
from stratum.store.postgres import split_url
from stratum.store.probe import drop_scratch, raw_commits, scratch_url, stored_bytes
from stratum.testing.site import Site


def has_schema(url: str) -> bool:
    target, schema = split_url(url)
    with psycopg.connect(target, autocommit=True) as connection:
        return connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is not None


def test_each_bare_commit_is_timed(store_url: str) -> None:
    seconds = raw_commits(store_url, 5, SystemClock().monotonic)
    assert len(seconds) == 5
    assert all(second >= 0 for second in seconds)


def test_the_time_is_taken_from_the_clock_that_was_given(store_url: str) -> None:
    ticks = iter(range(100))
    assert raw_commits(store_url, 3, lambda: float(next(ticks))) == [1.0, 1.0, 1.0]


def test_bare_commits_can_be_measured_again_and_none_at_all_take_no_time(store_url: str) -> None:
    assert len(raw_commits(store_url, 1, SystemClock().monotonic)) == 1
    assert len(raw_commits(store_url, 2, SystemClock().monotonic)) == 2
    assert raw_commits(store_url, 0, SystemClock().monotonic) == []


async def test_a_store_takes_room_on_disk(store_url: str) -> None:
    async with Site(store_url) as site:
        await site.open()
        assert stored_bytes(store_url) > 0


async def test_measuring_the_disk_leaves_the_store_as_it_is(store_url: str) -> None:
    async with Site(store_url) as site:
        await site.open()
    before = stored_bytes(store_url)
    raw_commits(scratch_url(store_url, Path(store_url.removeprefix("sqlite:///")).parent, "s_probe"), 3, lambda: 0.0)
    drop_scratch(scratch_url(store_url, Path(), "s_probe"))
    assert stored_bytes(store_url) == before


def test_a_scratch_file_is_in_the_folder_that_was_given(sqlite_url: str, tmp_path: Path) -> None:
    url = scratch_url(sqlite_url, tmp_path / "scratch", "probe")
    assert url == f"sqlite:///{tmp_path / 'scratch' / 'probe'}.db"


@pytest.mark.postgres
async def test_a_scratch_schema_is_in_the_same_database_and_can_be_dropped(postgres_url: str, tmp_path: Path) -> None:
    _, schema = split_url(postgres_url)
    scratch = scratch_url(postgres_url, tmp_path, f"{schema}_scratch")
    assert split_url(scratch) == (split_url(postgres_url)[0], f"{schema}_scratch")
    async with Site(scratch) as site:
        await site.open()
    assert has_schema(scratch)
    drop_scratch(scratch)
    drop_scratch(scratch)
    assert not has_schema(scratch)


def test_dropping_a_scratch_file_leaves_it_to_its_folder(sqlite_url: str) -> None:
    raw_commits(sqlite_url, 1, lambda: 0.0)
    drop_scratch(sqlite_url)
    assert Path(f"{sqlite_url.removeprefix('sqlite:///')}-raw").exists()
