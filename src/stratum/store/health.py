"""What the database says about itself, for those who look after it."""

from typing import NamedTuple

from stratum.store.query import load_queries
from stratum.store.tx import Tx

_Q = load_queries("stratum.store")


class Vitals(NamedTuple):
    """The facts of one database that a doctor asks for."""

    engine: str
    """``sqlite`` or ``postgres``."""
    version: str
    now: int
    """The database's clock, in milliseconds since 1970 UTC; on SQLite it is our own."""
    role: str
    """Whom the database takes us for; empty on SQLite."""
    unbound: bool
    """Whether row-level security does not bind that role, because it is a superuser or has BYPASSRLS."""
    owns: int
    """How many of our tables that role owns; an owner can switch row-level security off."""
    open_tables: tuple[str, ...]
    """The tables of tenants' rows that row-level security does not cover."""


def vitals(tx: Tx) -> Vitals:
    """Return what the database says about itself."""
    version = tx.one(_Q.engine_version)
    role = tx.one(_Q.role) or ("", 0, 0, 0)
    return Vitals(
        engine=tx.features.name,
        version=str(version[0]) if version else "",
        now=tx.now,
        role=str(role[0]),
        unbound=bool(role[1] or role[2]),
        owns=int(role[3]),
        open_tables=tuple(str(row[0]) for row in tx.all(_Q.open_tables)),
    )


def write_nothing(tx: Tx) -> None:
    """Do what a write does, and change nothing; raises where the database takes no writes."""
    tx.run(_Q.write_nothing)
