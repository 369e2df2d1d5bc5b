"""The server that the other tests stand on does what they take for granted."""

import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.postgres_server import PostgresServer, wait_until_dead

ROOT = Path(__file__).parent.parent


def _count(server: PostgresServer) -> int:
    with psycopg.connect(server.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def test_the_ordinary_role_owns_its_database_and_is_no_superuser(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        row = connection.execute("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone()
        durable = connection.execute(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        ).fetchone()
    assert row == (False, True)
    assert durable == ("on", "on")


@pytest.mark.slow
def test_what_was_committed_is_there_after_each_way_to_stop(private_postgres: PostgresServer) -> None:
    with psycopg.connect(private_postgres.dsn) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    ways: list[Callable[[], None]] = [
        private_postgres.kill,
        private_postgres.stop,
        partial(private_postgres.stop, "immediate"),
    ]
    for kept, stop in enumerate(ways):
        with psycopg.connect(private_postgres.dsn) as connection:
            connection.execute("INSERT INTO kept VALUES (1)")
        stop()
        assert not private_postgres.is_running
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(private_postgres.dsn)
        private_postgres.start()
        assert _count(private_postgres) == kept + 1


@pytest.mark.slow
def test_no_server_outlives_a_test_process_that_was_killed() -> None:
    program = """
import sys
from tests.postgres_server import PostgresServer, wait_until_dead
server = PostgresServer.create()
print((server.folder / "data" / "postmaster.pid").read_text().split()[0], flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tests:
        assert tests.stdout is not None
        postmaster = psutil.Process(int(tests.stdout.readline()))
        tests.send_signal(signal.SIGKILL)
    wait_until_dead([postmaster], seconds_max=10)
