"""What can go wrong with a store, in plain words.

Unavailable (kernel)
├── StoreBusy           another program holds the database longer than we wait
│   └── StoreContended  transactions stood in each other's way, and the database undid ours
├── StoreFull           the disk is full
├── StoreReadOnly       the file, folder or server takes no writes
├── StoreUnreachable    no file, no server, or the connection broke
└── CommitUnknown       the connection broke during a commit: it may or may not have held
StoreClosed             the store was closed before this was asked of it
StoreNewer              the database was made by a newer Stratum
StoreRefused            a rule of the database forbids what was written
StoreUnsuitable         this build or this database cannot be used safely
TransactionAbused       a transaction function did what it may not do

Each is raised only when nothing was kept; CommitUnknown alone leaves that open.
"""

from stratum.kernel.errors import Disposition, StratumError, Unavailable


class StoreBusy(Unavailable):
    """Another program holds the database longer than we wait."""

    code = "store_busy"


class StoreContended(StoreBusy):
    """Transactions stood in each other's way again and again, and the database undid ours."""

    code = "store_contended"


class StoreFull(Unavailable):
    """The disk that holds the database is full."""

    code = "store_full"


class StoreReadOnly(Unavailable):
    """The database takes no writes."""

    code = "store_read_only"


class StoreUnreachable(Unavailable):
    """There is no such file or server, or the connection broke."""

    code = "store_unreachable"


class CommitUnknown(Unavailable):
    """The connection broke during a commit: all that was asked for is kept, or nothing. Look before asking again."""

    code = "commit_unknown"


class StoreClosed(StratumError):
    """The store was closed before this was asked of it."""

    code = "store_closed"


class StoreNewer(StratumError):
    """The database was made or migrated by a newer Stratum than this one."""

    code = "store_newer"
    disposition = Disposition.PERSON


class StoreRefused(StratumError):
    """A rule of the database forbids what was written: a constraint, a missing right, or a row of another tenant."""

    code = "store_refused"


class TransactionAbused(StratumError):
    """A transaction function did what it may not do."""

    code = "transaction_abused"


class StoreUnsuitable(StratumError):
    """This SQLite build, URL or database cannot be used safely."""

    code = "store_unsuitable"
    disposition = Disposition.PERSON
