"""The errors that only the command line raises.

Usage               an argument names something that is not there, or cannot be read
├── BadTarget       APP or APP:agent cannot be imported, or is not what it should be
└── BadJson         a JSON argument is not JSON; the message shows where
NoStore             there is no store yet where one is to be read
StoreBehind         the store must be migrated first
"""

from typing import ClassVar

from stratum.kernel.errors import Disposition, InvalidInput, Unavailable


class Usage(InvalidInput):
    """An argument cannot be used; the message says which, and what would do."""

    code: ClassVar[str] = "usage"


class BadTarget(Usage):
    """APP or APP:agent cannot be imported, or is not what it should be."""

    code = "bad_target"


class BadJson(Usage):
    """A JSON argument is not JSON."""

    code = "bad_json"


class NoStore(Unavailable):
    """There is no store yet where one is to be read."""

    code = "no_store"
    disposition = Disposition.PERSON


class StoreBehind(Unavailable):
    """The store was made by an older Stratum, and must be migrated before it is read."""

    code = "store_behind"
    disposition = Disposition.PERSON
