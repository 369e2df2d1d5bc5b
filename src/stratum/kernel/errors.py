"""One root for every error Stratum raises.

Each class carries a stable ``code`` (for programs, logs and metrics) and a ``disposition`` (what the system does
about it). A message tells what happened, to which id, and what to do next.

    StratumError
    ├── InvalidInput        the caller's argument is wrong; nothing was written
    ├── NotFound            no such run, agent, queue ... in this tenant
    ├── Conflict            the id is taken by something different
    ├── Unavailable         the store is away, full, locked or read-only; nothing was half done
    └── ... each capability adds its own in its errors.py
"""

from enum import StrEnum
from typing import ClassVar


class Disposition(StrEnum):
    """What the system does about a failure."""

    RETRY = "retry"
    """The same call may succeed later: try again with backoff."""
    WAIT = "wait"
    """The world must change first: wait without holding a worker."""
    STOP = "stop"
    """Trying again cannot help: fail now, with the cause."""
    PERSON = "person"
    """Only a person can decide: park, with the evidence."""


class StratumError(Exception):
    """The root of Stratum's errors."""

    code: ClassVar[str] = "stratum"
    disposition: Disposition = Disposition.STOP
    retry_after_ms: int = 0
    """How long the other side asked to be left alone, where it said so."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(StratumError, ValueError):
    """An argument does not fit; the message names it and says what would."""

    code = "invalid_input"


class NotFound(StratumError, LookupError):
    """There is nothing of that id in this tenant."""

    code = "not_found"


class Conflict(StratumError):
    """The id is already in use for something else."""

    code = "conflict"


class Unavailable(StratumError):
    """The store cannot serve now: away, full, locked or read-only. What was asked for was not acknowledged."""

    code = "store_unavailable"
    disposition = Disposition.RETRY
