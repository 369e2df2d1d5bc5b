"""Migrations: numbered SQL files, forward only, applied under a lock so that concurrent opens are safe.

A file ``0001_create.sql`` serves both databases; ``0001_create.postgres.sql`` or ``.sqlite.sql`` is added after it on
one of them. Marker comments become words of one database only:

    /* without rowid */        WITHOUT ROWID on SQLite: the table is one tree, kept in key order
    /* often updated */        WITH (fillfactor = 70) on PostgreSQL: updates stay on their page
    -- engine table: NAME      claim tables without payload, which the engine reads for all tenants

On PostgreSQL every table with a ``tenant`` column gets row-level security by itself, so none can be forgotten.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from stratum.store.errors import StoreNewer, StoreUnsuitable

MIGRATE_SECONDS = 60
"""How long an opening program waits while another migrates the database."""

_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_ENGINE_TABLE = re.compile(r"^-- engine table: (\w+)$", re.MULTILINE)
_SQLITE_WORDS = {"/* without rowid */": "WITHOUT ROWID"}
_POSTGRES_WORDS = {"/* often updated */": "WITH (fillfactor = 70)"}


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered change of one capability's tables."""

    capability: str
    number: int
    name: str
    sqlite: str
    postgres: str
    engine_tables: tuple[str, ...]
    digest: str

    @property
    def label(self) -> str:
        """The migration as ``runs/0001_create``."""
        return f"{self.capability}/{self.number:04}_{self.name}"


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that a database has had."""

    capability: str
    number: int
    digest: str


def load_migrations(package: str) -> tuple[Migration, ...]:
    """Return the migrations of a package such as ``"stratum.runs"``, in order."""
    folder = files(package).joinpath("migrations")
    capability = package.rpartition(".")[2]
    names = sorted(entry.name for entry in folder.iterdir())
    texts = {name: folder.joinpath(name).read_text(encoding="utf-8") for name in names if name.endswith(".sql")}
    return tuple(_build(capability, match, texts) for name in names if (match := _FILE.match(name)))


def pending(known: Sequence[Migration], applied: Sequence[Applied]) -> list[Migration]:
    """Return the migrations still to apply, in order.

    Raises:
        StoreNewer: the database has had a migration that this program does not know.
        StoreUnsuitable: a migration was changed after the database had it.
    """
    ours = {(migration.capability, migration.number): migration for migration in known}
    capabilities = {migration.capability for migration in known}
    for past in applied:
        migration = ours.get((past.capability, past.number))
        if migration is None and past.capability in capabilities:
            message = (
                f"The database was migrated by a newer Stratum: it has {past.capability}/{past.number:04}, which this "
                "version does not know. Upgrade this program: pip install --upgrade stratum-agents."
            )
            raise StoreNewer(message)
        if migration is not None and migration.digest != past.digest:
            message = (
                f"The database was made with another text of migration {migration.label}. "
                "Use the version of Stratum that made it, or start a new database."
            )
            raise StoreUnsuitable(message)
    done = {(past.capability, past.number) for past in applied}
    return [migration for migration in known if (migration.capability, migration.number) not in done]


def _build(capability: str, match: re.Match[str], texts: dict[str, str]) -> Migration:
    stem = match[0].removesuffix(".sql")
    shared = texts[match[0]]
    sqlite = _replace(shared, _SQLITE_WORDS) + texts.get(f"{stem}.sqlite.sql", "")
    postgres = _replace(shared, _POSTGRES_WORDS) + texts.get(f"{stem}.postgres.sql", "")
    return Migration(
        capability=capability,
        number=int(match[1]),
        name=match[2],
        sqlite=sqlite,
        postgres=postgres,
        engine_tables=tuple(_ENGINE_TABLE.findall(shared)),
        digest=hashlib.sha256(f"{sqlite}\0{postgres}".encode()).hexdigest(),
    )


def _replace(text: str, words: dict[str, str]) -> str:
    for marker, word in words.items():
        text = text.replace(marker, word)
    return text
