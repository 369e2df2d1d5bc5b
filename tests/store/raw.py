"""Connections as other programs have them, without anything of ours."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import apsw
import psycopg
from psycopg import sql

from stratum.store.postgres import split_url
from stratum.store.sqlite_connection import Connection


@contextmanager
def sqlite(file: Path) -> Generator[Connection]:
    """Open a file as a database browser does."""
    connection = cast("Connection", apsw.Connection(str(file)))
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def postgres(url: str) -> Generator[psycopg.Connection[tuple[Any, ...]]]:
    """Connect as the owner of a store's schema, in that schema."""
    target, schema = split_url(url)
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        yield connection
