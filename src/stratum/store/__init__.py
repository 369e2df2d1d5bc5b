"""One transaction over everything: connections, group commit, wake-ups, migrations; SQLite or PostgreSQL.

This folder is the only importer of apsw and psycopg.
"""

from stratum.store.batch import Session
from stratum.store.blobs import digest_of, keep_bodies, load_body
from stratum.store.errors import (
    CommitUnknown,
    StoreBusy,
    StoreClosed,
    StoreContended,
    StoreFull,
    StoreNewer,
    StoreReadOnly,
    StoreRefused,
    StoreUnreachable,
    StoreUnsuitable,
    TransactionAbused,
)
from stratum.store.migrate import Applied, Migration, load_migrations, pending
from stratum.store.open import STORE_MIGRATIONS, Opened, applied_migrations, open_store, sqlite_path
from stratum.store.query import Queries, Query, load_queries
from stratum.store.service import Store
from stratum.store.tx import Features, Params, Row, Tx
from stratum.store.wake import Wake
from stratum.store.wrap import wrap

__all__ = [
    "STORE_MIGRATIONS",
    "Applied",
    "CommitUnknown",
    "Features",
    "Migration",
    "Opened",
    "Params",
    "Queries",
    "Query",
    "Row",
    "Session",
    "Store",
    "StoreBusy",
    "StoreClosed",
    "StoreContended",
    "StoreFull",
    "StoreNewer",
    "StoreReadOnly",
    "StoreRefused",
    "StoreUnreachable",
    "StoreUnsuitable",
    "TransactionAbused",
    "Tx",
    "Wake",
    "applied_migrations",
    "digest_of",
    "keep_bodies",
    "load_body",
    "load_migrations",
    "load_queries",
    "open_store",
    "pending",
    "sqlite_path",
    "wrap",
]
