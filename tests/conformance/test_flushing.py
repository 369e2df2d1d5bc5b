"""Durable means durable, and writes that wait together share a flush: counted from outside, at the system itself."""

import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.conformance.conftest import Program
from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.slow

Start = Callable[..., Program]

_WRITERS = 20
_TURNS = 100


def _flushes(log: Path) -> int:
    """Return how many flushes of the log of commits strace saw between the two lines that the program said."""
    lines = log.read_text().splitlines()
    said = [place for place, line in enumerate(lines) if "commits" in line]
    return sum("sync(" in line and "-wal" in line for line in lines[said[0] : said[1]])


@pytest.mark.skipif(shutil.which("strace") is None, reason="counts flushes with strace, which is not installed")
@pytest.mark.parametrize("flush", ["flush", "no flush"])
def test_each_commit_to_a_file_is_flushed_once(sqlite_url: str, tmp_path: Path, program: Start, flush: str) -> None:
    log = tmp_path / "calls"
    strace = ["strace", "-f", "-y", "-s", "64", "-e", "trace=fsync,fdatasync,write", "-o", str(log)]
    one = program("flushing", sqlite_url, str(_WRITERS), flush, before=strace)
    before = one.hears()["commits"]
    one.tell()
    commits = one.hears()["commits"] - before
    one.end()
    assert _TURNS <= commits <= 1.5 * _TURNS, f"{_TURNS * _WRITERS} writes took {commits} commits."
    assert _flushes(log) == (commits if flush == "flush" else 0)


def _server_flushes(server: PostgresServer) -> int:
    with psycopg.connect(server.admin_dsn, autocommit=True) as admin:
        admin.execute("SELECT pg_stat_force_next_flush()")
        version = admin.info.server_version
        row = admin.execute(
            "SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal' AND backend_type = 'client backend'"
            if version >= 180_000
            else "SELECT wal_sync FROM pg_stat_wal"
        ).fetchone()
    assert row is not None
    return int(row[0] or 0)


@pytest.mark.parametrize("flush", ["flush", "no flush"])
def test_each_commit_to_a_server_is_flushed_once(private_postgres: PostgresServer, program: Start, flush: str) -> None:
    one = program("flushing", private_postgres.dsn, str(_WRITERS), flush)
    before = one.hears()["commits"]
    flushes = _server_flushes(private_postgres)
    one.tell()
    commits = one.hears()["commits"] - before
    one.end()
    flushed = _server_flushes(private_postgres) - flushes
    assert _TURNS <= commits <= 1.5 * _TURNS, f"{_TURNS * _WRITERS} writes took {commits} commits."
    # The server flushes a little of its own meanwhile.
    if flush == "flush":
        assert commits <= flushed <= commits + _TURNS / 2
    else:
        assert flushed <= _TURNS / 2
