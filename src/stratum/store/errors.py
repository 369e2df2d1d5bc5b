"""What can go wrong with a store, in plain words.

Unavailable (kernel)
├── StoreBusy           another program holds the database longer than we wait
├── StoreFull           the disk is full
├── StoreReadOnly       the file, folder or server takes no writes
└── StoreUnreachable    no file, no server, or the connection broke
StoreNewer              the database was made by a newer Stratum
StoreUnsuitable         this build or this database cannot be used safely
"""

from stratum.kernel.errors import Disposition, StratumError, Unavailable


class StoreBusy(Unavailable):
    """Another program holds the database longer than we wait."""

    code = "store_busy"


class StoreFull(Unavailable):
    """The disk that holds the database is full."""

    code = "store_full"


class StoreReadOnly(Unavailable):
    """The database takes no writes."""

    code = "store_read_only"


class StoreUnreachable(Unavailable):
    """There is no such file or server, or the connection broke."""

    code = "store_unreachable"


class StoreNewer(StratumError):
    """The database was made or migrated by a newer Stratum than this one."""

    code = "store_newer"
    disposition = Disposition.PERSON


class StoreUnsuitable(StratumError):
    """This SQLite build, URL or database cannot be used safely."""

    code = "store_unsuitable"
    disposition = Disposition.PERSON
