"""What a transaction function may do: ask, change, and say whom to wake."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from stratum.store.errors import TransactionAbused
from stratum.store.query import Query

Row = tuple[Any, ...]
Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Features:
    """What differs between the databases, for the few places that must know."""

    name: str
    """``sqlite`` or ``postgres``."""
    many_machines: bool
    """Whether workers on other machines can open the same store."""
    row_security: bool
    """Whether the database itself keeps tenants apart."""


class Tx(Protocol):
    """One open transaction. A function that is given one touches nothing else: it may run twice."""

    features: Features
    secret: bytes
    """The key of this database's digests."""
    now: int
    """Milliseconds since 1970-01-01 UTC, read once for the whole transaction."""

    def one(self, query: Query, /, **params: object) -> Row | None:
        """Return the first row, or None."""
        ...

    def all(self, query: Query, /, **params: object) -> list[Row]:
        """Return all rows."""
        ...

    def run(self, query: Query, /, **params: object) -> int:
        """Run a statement and return how many rows it changed."""
        ...

    def each(self, query: Query, rows: Sequence[Params], /) -> list[Row]:
        """Run a statement for each of ``rows`` and return all the rows that it gives, in one round trip if it can."""
        ...

    def wake(self, *topics: str) -> None:
        """Wake those who wait for ``topics``, after the commit."""
        ...

    def admit(self, tenants: Iterable[str]) -> None:
        """Let the rest of this transaction see rows of ``tenants`` too; for the engine's own claim and sweep only."""
        ...


class Over:
    """What a transaction holds instead of its connection once it has ended: whoever kept it is told so."""

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse everything."""
        message = (
            "The transaction is over: a function was given it, kept it, and used it after it had returned. "
            "Do all the work inside the function, and return rows."
        )
        raise TransactionAbused(message)


OVER = Over()
