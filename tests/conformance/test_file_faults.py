"""What can go wrong with a file, for real: it is told in plain words, and nothing that was acknowledged is lost."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stratum.store import StoreBusy, StoreUnreachable, StoreUnsuitable
from stratum.store.open import sqlite_path
from stratum.testing import Site, eventually
from stratum.testing.store_suite.rows import TENANT, Item, ids, put
from tests.conformance.conftest import Program
from tests.store.raw import sqlite

Start = Callable[..., Program]

# In a namespace of their own, processes may mount what they like, and it goes away with them.
_NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-ec"]


def _namespaces_work() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run([*_NAMESPACE, "mount -t tmpfs none /mnt"], capture_output=True, check=False)
    return tried.returncode == 0


needs_mounts = pytest.mark.skipif(
    not _namespaces_work(), reason="mounts a small disk, which this machine does not let us"
)


@needs_mounts
@pytest.mark.slow
def test_a_full_disk_is_told_and_loses_nothing_and_the_work_goes_on(tmp_path: Path, program: Start) -> None:
    disk = f'mount -t tmpfs -o size=6m none {tmp_path}; head -c 2000000 /dev/zero > {tmp_path}/ballast; exec "$0" "$@"'
    one = program("filling", f"sqlite:///{tmp_path}/store.db", before=[*_NAMESPACE, disk])
    facts = one.hears()
    one.end()
    assert len(facts["errors"]) == 3
    for error in facts["errors"]:
        assert error.startswith("store_full: The disk that holds"), error
        assert "the work goes on by itself" in error
    assert facts["after"] == "kept"
    assert len(facts["kept"]) > 20
    assert facts["seen"] == facts["kept"][:-1]
    assert facts["found"] == facts["kept"]


@needs_mounts
@pytest.mark.slow
async def test_a_disk_that_is_mounted_to_be_read_takes_no_writes(tmp_path: Path, program: Start) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    async with Site(url) as site:
        await site.open()
    mount = f'mount --bind {tmp_path} {tmp_path}; mount -o remount,ro,bind {tmp_path}; exec "$0" "$@"'
    one = program("opening", url, before=[*_NAMESPACE, mount])
    facts = one.hears()
    one.end()
    told = facts.get("opened") or f"{facts['code']}: {facts['said']}"
    assert told.startswith("store_read_only: "), told
    assert "Check the rights of the file and its folder" in told


@pytest.mark.slow
@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o777), (0o644, 0o555)], ids=["file", "folder"])
async def test_a_file_or_folder_without_the_right_to_write_takes_no_writes(
    tmp_path: Path, program: Start, file_mode: int, folder_mode: int
) -> None:
    folder = tmp_path / "folder"
    url = f"sqlite:///{folder}/store.db"
    async with Site(url) as site:
        await site.open()
    for file in folder.iterdir():
        file.chmod(file_mode)
    folder.chmod(folder_mode)
    # Rights do not hold for root, who becomes somebody else for this. Whoever that is must reach the folder.
    account = str(pwd.getpwnam("nobody").pw_uid) if os.geteuid() == 0 else ""
    for above in folder.parents:
        if above.stat().st_uid == os.geteuid() and above.is_relative_to(tempfile.gettempdir()):
            above.chmod(above.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    one = program("opening", url, *([account] if account else []))
    facts = one.hears()
    one.end()
    folder.chmod(stat.S_IRWXU)
    told = facts.get("opened") or f"{facts['code']}: {facts['said']}"
    assert told.startswith("store_read_only: "), told


async def test_a_foreign_program_that_writes_for_long_is_told_of_within_the_bound(sqlite_url: str) -> None:
    async with Site(sqlite_url) as site:
        store = await site.open(busy_seconds=0.2)
        await store.write(put, Item(1), tenants=[TENANT])
        with sqlite(sqlite_path(sqlite_url)) as browser:
            browser.execute("BEGIN IMMEDIATE")
            for number in (2, 3):
                with pytest.raises(StoreBusy, match=r"for over 0\.2 s .* such as a database browser"):
                    await store.write(put, Item(number), tenants=[TENANT])
            assert await store.read(ids, tenants=[TENANT]) == [1]
            browser.execute("COMMIT")
        assert await store.write(put, Item(4), tenants=[TENANT]) == 4
        assert await store.read(ids, tenants=[TENANT]) == [1, 4]


async def test_a_foreign_program_that_reads_for_long_holds_up_nobody(sqlite_url: str) -> None:
    async with Site(sqlite_url) as site:
        store = await site.open(busy_seconds=0.2)
        await store.write(put, Item(0), tenants=[TENANT])
        with sqlite(sqlite_path(sqlite_url)) as browser:
            browser.execute("BEGIN")
            assert browser.execute("SELECT count(*) FROM suite_item").fetchone() == (1,)
            for number in range(1, 50):
                await store.write(put, Item(number), tenants=[TENANT])
            assert browser.execute("SELECT count(*) FROM suite_item").fetchone() == (1,)
        assert len(await store.read(ids, tenants=[TENANT])) == 50


async def test_a_file_that_is_moved_away_takes_no_more_until_it_is_back(sqlite_url: str) -> None:
    file = sqlite_path(sqlite_url)
    async with Site(sqlite_url) as site:
        store = await site.open()
        await store.write(put, Item(1), tenants=[TENANT])
        moved = file.rename(file.with_name("moved.db"))
        for _ in range(2):
            with pytest.raises(StoreUnreachable):
                await store.write(put, Item(2), tenants=[TENANT])
            with pytest.raises(StoreUnreachable):
                await store.read(ids, tenants=[TENANT])
        assert not file.exists()
        moved.rename(file)
        assert await store.write(put, Item(3), tenants=[TENANT]) == 3
        assert await store.read(ids, tenants=[TENANT]) == [1, 3]


async def test_another_file_in_its_place_is_not_written_to(sqlite_url: str) -> None:
    file = sqlite_path(sqlite_url)
    async with Site(f"{sqlite_url}-other") as site:
        other = await site.open()
        await other.write(put, Item(7), tenants=[TENANT])
    async with Site(sqlite_url) as site:
        store = await site.open()
        await store.write(put, Item(1), tenants=[TENANT])
        # Whoever replaces a file of SQLite must take its log away too, or SQLite carries the log into the new file.
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink()
        file.with_name(file.name + "-other").rename(file)
        with pytest.raises(StoreUnsuitable, match="was replaced by another one"):
            await store.write(put, Item(2), tenants=[TENANT])
        with pytest.raises(StoreUnsuitable, match="was replaced by another one"):
            await store.read(ids, tenants=[TENANT])
    async with Site(sqlite_url) as site:
        assert await (await site.open()).read(ids, tenants=[TENANT]) == [7]


@pytest.mark.crash
async def test_a_process_that_stands_still_in_a_transaction_is_told_of_within_the_bound(
    sqlite_url: str, program: Start
) -> None:
    one = program("holding", sqlite_url)
    assert one.hears() == {"at": "inside"}
    os.kill(one.process.pid, signal.SIGSTOP)
    async with Site(sqlite_url) as site:
        store = await site.open(busy_seconds=0.2)
        with pytest.raises(StoreBusy, match="a process that has stopped in the middle"):
            await store.write(put, Item(2), tenants=[TENANT])
        assert await store.read(ids, tenants=[TENANT]) == []
        one.kill()

        async def kept() -> bool:
            try:
                return await store.write(put, Item(3), tenants=[TENANT]) == 3
            except StoreBusy:
                return False

        assert await eventually(kept)
        assert await store.read(ids, tenants=[TENANT]) == [3]


@pytest.mark.parametrize("damage", ["text", "folder"])
async def test_what_is_no_database_is_told_and_left_as_it_is(sqlite_url: str, damage: str) -> None:
    file = sqlite_path(sqlite_url)
    if damage == "folder":
        file.mkdir()
    else:
        file.write_text("Dear diary, today I was not a database. " * 50)
    for _ in range(2):
        async with Site(sqlite_url) as site:
            with pytest.raises((StoreUnsuitable, StoreUnreachable), match=r"is not a SQLite database|it is a folder"):
                await site.open()
    assert file.is_dir() or file.read_text().startswith("Dear diary")


async def test_a_file_that_is_damaged_while_it_is_used_is_told(sqlite_url: str) -> None:
    file = sqlite_path(sqlite_url)
    async with Site(sqlite_url) as site:
        store = await site.open()
        await asyncio.gather(*(store.write(put, Item(number, "x" * 500), tenants=[TENANT]) for number in range(500)))
    content = bytearray(file.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    file.write_bytes(content)

    async def look() -> None:
        async with Site(sqlite_url) as site:
            store = await site.open()
            await store.read(ids, tenants=[TENANT])

    with pytest.raises(StoreUnsuitable, match="is not a SQLite database or is damaged"):
        await look()
