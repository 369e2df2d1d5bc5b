"""Group commit: one transaction and one flush for all the writes that wait together.

A batch runs whole. If any part of it raises, it is rolled back and run again item by item, each in a savepoint, so
that only the offender fails. A function may therefore run twice, and touches nothing but its transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stratum.kernel.errors import StratumError, Unavailable
from stratum.store.tx import Tx

BATCH_MAX = 1_000
"""The most items that share one transaction."""


@dataclass(slots=True, eq=False)
class Entry:
    """One piece of work that waits for a transaction."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    each: bool
    """Whether ``function`` takes the whole list of items that wait for it."""
    flush: bool
    """Whether the commit must be on disk before it is acknowledged."""
    tenants: tuple[str, ...]
    done: Callable[[Any, BaseException | None], None]
    """Called on the event loop with the result or the error."""


class Session(Protocol):
    """One database connection, as the batch runner sees it."""

    def begin(self, tenants: frozenset[str], *, flush: bool) -> Tx:
        """Open a transaction that sees ``tenants``; with ``flush`` its commit is on disk before it returns."""
        ...

    def commit(self) -> list[str]:
        """Commit and return the topics to wake."""
        ...

    def rollback(self) -> None:
        """Undo the open transaction, if there is one. Never raises."""
        ...

    def savepoint(self) -> None:
        """Begin a part that can be undone alone."""
        ...

    def release(self) -> None:
        """Keep the part."""
        ...

    def undo(self) -> None:
        """Undo the part."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...

    def translate(self, error: Exception) -> Exception:
        """Return the database's error in Stratum's words, or the error itself when it is not the database's."""
        ...


@dataclass(slots=True)
class Outcome:
    """What became of one entry."""

    entry: Entry
    value: Any
    error: BaseException | None


def run_batch(session: Session, entries: Sequence[Entry]) -> tuple[list[Outcome], list[str]]:
    """Run ``entries`` in one transaction; return their outcomes and the topics to wake."""
    try:
        return _together(session, entries)
    except Exception as error:  # noqa: BLE001 - whatever a batch raises, only its offender may fail
        session.rollback()
        cause = session.translate(error)
        if isinstance(cause, Unavailable):
            return [Outcome(entry, None, cause) for entry in entries], []
        if len(entries) == 1:
            return [Outcome(entries[0], None, cause)], []
    return _one_by_one(session, entries)


def _together(session: Session, entries: Sequence[Entry]) -> tuple[list[Outcome], list[str]]:
    tx = session.begin(_tenants(entries), flush=any(entry.flush for entry in entries))
    outcomes = [outcome for group in _groups(entries) for outcome in _run_group(tx, group)]
    return outcomes, session.commit()


def _one_by_one(session: Session, entries: Sequence[Entry]) -> tuple[list[Outcome], list[str]]:
    outcomes: list[Outcome] = []
    try:
        tx = session.begin(_tenants(entries), flush=True)
        for entry in entries:
            session.savepoint()
            try:
                outcomes += _run_group(tx, [entry])
            except Exception as error:  # noqa: BLE001 - the offender's error goes to the offender
                cause = session.translate(error)
                if isinstance(cause, Unavailable):
                    raise cause from error
                session.undo()
                outcomes.append(Outcome(entry, None, cause))
            else:
                session.release()
        return outcomes, session.commit()
    except Exception as error:  # noqa: BLE001 - the commit itself failed: nobody may be told that it held
        session.rollback()
        cause = session.translate(error)
        return [Outcome(entry, None, cause) for entry in entries], []


def _groups(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Put the items of one set-based function together, in an order that is the same in every process."""
    single = [[entry] for entry in entries if not entry.each]
    sets: dict[Callable[..., Any], list[Entry]] = {}
    for entry in entries:
        if entry.each:
            sets.setdefault(entry.function, []).append(entry)
    ordered = sorted(sets, key=lambda function: (function.__module__, function.__qualname__))
    return [sets[function] for function in ordered] + single


def _run_group(tx: Tx, group: Sequence[Entry]) -> list[Outcome]:
    first = group[0]
    if not first.each:
        return [Outcome(first, first.function(tx, *first.arguments), None)]
    results = first.function(tx, [entry.arguments[0] for entry in group])
    if len(results) != len(group):
        message = f"{first.function.__qualname__} returned {len(results)} results for {len(group)} items."
        raise StratumError(message)
    return [
        Outcome(entry, None, result) if isinstance(result, BaseException) else Outcome(entry, result, None)
        for entry, result in zip(group, results, strict=True)
    ]


def _tenants(entries: Sequence[Entry]) -> frozenset[str]:
    return frozenset(tenant for entry in entries for tenant in entry.tenants)
