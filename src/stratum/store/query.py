"""Named queries: plain SQL in ``queries.sql`` beside the code that calls it.

A query is a line ``-- name: claim_ready``, a line that says its purpose, and one statement with ``:name`` parameters.
One text serves both databases. Where it cannot, ``queries.sqlite.sql`` or ``queries.postgres.sql`` overrides it by
name. Marker comments become words of one database only:

    /* skip locked */     FOR UPDATE SKIP LOCKED on PostgreSQL, nothing on SQLite
    /* for update */      FOR UPDATE on PostgreSQL, nothing on SQLite
    /* key share */       FOR KEY SHARE on PostgreSQL, nothing on SQLite

A PostgreSQL override whose purpose line ends in ``(set)`` takes each parameter as an array and serves all the rows
of :meth:`Tx.each` in one statement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

_NAME = re.compile(r"^-- name: ([a-z0-9_]+)$", re.MULTILINE)
# Texts, quoted names and comments are matched first, so that what is in them is no parameter.
_PARAMETER = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|(?<![:\w]):([a-z_][a-z0-9_]*)", re.DOTALL)
_MARKERS = {
    "/* skip locked */": "FOR UPDATE SKIP LOCKED",
    "/* for update */": "FOR UPDATE",
    "/* key share */": "FOR KEY SHARE",
}


@dataclass(frozen=True, slots=True)
class Query:
    """One named statement in both dialects."""

    name: str
    purpose: str
    sqlite: str
    postgres: str
    set_based: bool
    """Whether the PostgreSQL text takes arrays and serves many rows at once."""
    parameters: frozenset[str]
    postgres_alone: str = ""
    """The shared text for PostgreSQL: for one row it is quicker than a set of one."""


class Queries:
    """The named queries of one folder, as attributes."""

    def __init__(self, queries: dict[str, Query]) -> None:
        self._queries = queries
        vars(self).update(queries)

    def __getattr__(self, name: str) -> Query:
        """Complain; a query that exists is found before this is asked."""
        message = f"There is no query {name!r}; there are: {', '.join(sorted(self._queries))}."
        raise AttributeError(message)

    def __iter__(self) -> Iterator[Query]:
        return iter(self._queries.values())


def load_queries(package: str) -> Queries:
    """Return the queries of the package (``"stratum.runs"``), read from its SQL files."""
    shared = _parse(package, "queries.sql")
    sqlite = _parse(package, "queries.sqlite.sql")
    postgres = _parse(package, "queries.postgres.sql")
    names = {**shared, **sqlite, **postgres}
    return Queries({name: _build(name, shared.get(name), sqlite.get(name), postgres.get(name)) for name in names})


def _build(
    name: str, shared: tuple[str, str] | None, sqlite: tuple[str, str] | None, postgres: tuple[str, str] | None
) -> Query:
    purpose_sqlite, text_sqlite = sqlite or shared or ("", "")
    purpose_postgres, text_postgres = postgres or shared or ("", "")
    return Query(
        name=name,
        purpose=purpose_sqlite or purpose_postgres,
        sqlite=text_sqlite,
        postgres=_for_postgres(text_postgres),
        postgres_alone=_for_postgres(shared[1]) if shared else "",
        set_based=purpose_postgres.endswith("(set)"),
        parameters=frozenset(filter(None, _PARAMETER.findall(text_sqlite or text_postgres))),
    )


def _parse(package: str, filename: str) -> dict[str, tuple[str, str]]:
    source = files(package).joinpath(filename)
    if not source.is_file():
        return {}
    pieces = _NAME.split(source.read_text(encoding="utf-8"))[1:]
    found: dict[str, tuple[str, str]] = {}
    for name, body in zip(pieces[::2], pieces[1::2], strict=True):
        purpose, _, text = body.strip().partition("\n")
        if name in found:
            message = f"{package}/{filename} has two queries named {name!r}. Give one of them another name."
            raise ValueError(message)
        found[name] = (purpose.removeprefix("-- ").strip(), text.strip().rstrip(";"))
    return found


def _for_postgres(text: str) -> str:
    for marker, words in _MARKERS.items():
        text = text.replace(marker, words)
    return _PARAMETER.sub(lambda match: f"%({match[1]})s" if match[1] else match[0], text.replace("%", "%%"))
