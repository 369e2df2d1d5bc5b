"""What the disk and the server can do by themselves, to measure Stratum against."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import apsw
import psycopg
from psycopg import sql

from stratum.store.open import is_postgres, sqlite_path
from stratum.store.postgres import connect, split_url
from stratum.store.sqlite_connection import Connection

_BODY = "x" * 200
_BUSY_SECONDS = 10.0


def raw_commits(url: str, count: int, clock: Callable[[], float]) -> list[float]:
    """Commit ``count`` single rows of 200 bytes, each durably, with the bare driver; return the seconds of each."""
    return _raw_postgres(url, count, clock) if is_postgres(url) else _raw_sqlite(sqlite_path(url), count, clock)


def stored_bytes(url: str) -> int:
    """Return how many bytes a store takes on disk, indexes included."""
    return _postgres_bytes(url) if is_postgres(url) else _sqlite_bytes(sqlite_path(url))


def scratch_url(url: str, folder: Path, name: str) -> str:
    """Return the URL of a store beside another one: a file in ``folder``, or a schema of the same database."""
    if not is_postgres(url):
        return f"sqlite:///{(folder / name).absolute()}.db"
    target, _ = split_url(url)
    return f"{target}{'&' if '?' in target else '?'}schema={quote(name)}"


def drop_scratch(url: str) -> None:
    """Remove a scratch schema; scratch files go with their folder."""
    if is_postgres(url):
        target, schema = split_url(url)
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def _sqlite_bytes(path: Path) -> int:
    connection = _open(path)
    try:
        return int(connection.pragma("page_count")) * int(connection.pragma("page_size"))
    finally:
        connection.close()


def _postgres_bytes(url: str) -> int:
    target, schema = split_url(url)
    with connect(target, schema, busy_seconds=_BUSY_SECONDS) as connection:
        row = connection.execute(
            "SELECT COALESCE(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class"
            " WHERE relnamespace = %s::regnamespace AND relkind = 'r'",
            (schema,),
        ).fetchone()
    return int(row[0]) if row else 0


def _open(path: Path) -> Connection:
    return apsw.Connection(str(path))


def _raw_sqlite(path: Path, count: int, clock: Callable[[], float]) -> list[float]:
    connection = _open(path.with_name(path.name + "-raw"))
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "FULL")
    connection.pragma("fullfsync", 1)
    connection.execute("CREATE TABLE IF NOT EXISTS raw (body TEXT)")
    try:
        return _timed(lambda: connection.execute("INSERT INTO raw VALUES (?)", (_BODY,)), count, clock)
    finally:
        connection.close()


def _raw_postgres(url: str, count: int, clock: Callable[[], float]) -> list[float]:
    target, schema = split_url(url)
    with psycopg.connect(target, autocommit=True, prepare_threshold=0) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        connection.execute("SELECT set_config('search_path', %s, false)", (schema,))
        connection.execute("CREATE TABLE IF NOT EXISTS raw (body TEXT)")
        return _timed(lambda: connection.execute("INSERT INTO raw VALUES (%s)", (_BODY,)), count, clock)


def _timed(commit: Callable[[], object], count: int, clock: Callable[[], float]) -> list[float]:
    seconds: list[float] = []
    for _ in range(count):
        began = clock()
        commit()
        seconds.append(clock() - began)
    return seconds
