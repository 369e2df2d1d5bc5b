"""Group commit: one transaction and one flush for all the writes that wait together.

A batch runs whole. If any part of it raises, it is rolled back and run again item by item, each in a savepoint, so
that only the offender fails. A function may therefore run twice, and touches nothing but its transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Protocol

from stratum.kernel.errors import StratumError, Unavailable
from stratum.store.errors import CommitUnknown, StoreContended, TransactionAbused
from stratum.store.tx import Tx

BATCH_MAX = 1_000
"""The most items that share one transaction."""

ONLY_READS = "A transaction that only reads was asked to write. Give the function to write() instead of read()."

_CONTENDED_TRIES = 5
_LAZY = (CoroutineType, GeneratorType, AsyncGeneratorType)


class CommitBrokeError(Exception):
    """The commit gave no answer; its cause is the database's error."""


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
    settled: bool = False
    """Whether ``done`` was called."""


class Session(Protocol):
    """One database connection, as the batch runner sees it."""

    def begin(self, tenants: frozenset[str], *, flush: bool) -> Tx:
        """Open a transaction that sees ``tenants``; with ``flush`` its commit is on disk before it returns."""
        ...

    def commit(self) -> list[str]:
        """Commit and return the topics to wake.

        Raises:
            CommitBrokeError: it may have held or not.
        """
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
        """Undo the part, and wake nobody for it."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...

    def give_up(self) -> Exception | None:
        """Stop waiting for our turn to write when it has taken too long, and return the error to tell of it.

        Called on another thread than the rest.
        """
        ...

    def others_committed(self) -> bool:
        """Return whether somebody else has committed since the last call, where that is cheap to know."""
        ...

    def translate(self, error: Exception) -> Exception:
        """Return the database's error as a new one in Stratum's words, or the error itself when it is not its."""
        ...


@dataclass(slots=True)
class Outcome:
    """What became of one entry."""

    entry: Entry
    value: Any
    error: BaseException | None


def run_batch(session: Session, entries: Sequence[Entry]) -> tuple[list[Outcome], list[str]]:
    """Run ``entries`` in one transaction; return their outcomes and the topics to wake.

    Raises:
        Unavailable: the database cannot serve now, and nothing was kept.
        CommitUnknown: the connection broke during the commit.
    """
    for _ in range(_CONTENDED_TRIES - 1):
        try:
            return _run_once(session, entries)
        except StoreContended:
            continue
    return _run_once(session, entries)


def fail_all(entries: Sequence[Entry], error: Exception) -> list[Outcome]:
    """Return the outcomes of a batch that failed whole. Who awaits raises what it gets, so each gets its own."""
    return [Outcome(entry, None, _copy(error)) for entry in entries]


def _run_once(session: Session, entries: Sequence[Entry]) -> tuple[list[Outcome], list[str]]:
    try:
        return _together(session, entries)
    except BaseException as error:  # noqa: BLE001 - whatever a batch raises, only its offender may fail
        session.rollback()
        cause = _cause(session, error)
        if len(entries) == 1:
            return [Outcome(entries[0], None, cause)], []
    try:
        return _one_by_one(session, entries)
    except BaseException as error:  # noqa: BLE001 - the commit itself failed: nobody may be told that it held
        session.rollback()
        return fail_all(entries, _cause(session, error)), []


def _together(session: Session, entries: Sequence[Entry]) -> tuple[list[Outcome], list[str]]:
    tx = session.begin(_tenants(entries), flush=any(entry.flush for entry in entries))
    outcomes = [outcome for group in _groups(entries) for outcome in _run_group(tx, group)]
    return outcomes, session.commit()


def _one_by_one(session: Session, entries: Sequence[Entry]) -> tuple[list[Outcome], list[str]]:
    outcomes: list[Outcome] = []
    tx = session.begin(_tenants(entries), flush=True)
    for entry in entries:
        session.savepoint()
        try:
            done = _run_group(tx, [entry])
            session.release()
        except BaseException as error:  # noqa: BLE001 - the offender's error goes to the offender
            done = [Outcome(entry, None, _cause(session, error))]
            session.undo()
        outcomes += done
    return outcomes, session.commit()


def _groups(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Put the items of one set-based function together, in an order that is the same in every process."""
    single = [[entry] for entry in entries if not entry.each]
    sets: dict[Callable[..., Any], list[Entry]] = {}
    for entry in entries:
        if entry.each:
            sets.setdefault(entry.function, []).append(entry)
    return [sets[function] for function in sorted(sets, key=_name)] + single


def _run_group(tx: Tx, group: Sequence[Entry]) -> list[Outcome]:
    first = group[0]
    if not first.each:
        return [Outcome(first, _at_once(first.function, first.function(tx, *first.arguments)), None)]
    results = _at_once(first.function, first.function(tx, [entry.arguments[0] for entry in group]))
    if len(results) != len(group):
        message = f"{_name(first.function)} returned {len(results)} results for {len(group)} items."
        raise TransactionAbused(message)
    return [
        Outcome(entry, None, _raisable(result)) if isinstance(result, BaseException) else Outcome(entry, result, None)
        for entry, result in zip(group, results, strict=True)
    ]


def _at_once(function: Callable[..., Any], result: Any) -> Any:  # noqa: ANN401 - whatever a function returns
    """Return a function's result, unless it has yet to run: the transaction would be over by then."""
    if isinstance(result, _LAZY):
        if not isinstance(result, AsyncGeneratorType):
            result.close()
        message = f"{_name(function)} is asynchronous or a generator. A transaction function is a plain one."
        raise TransactionAbused(message)
    return result


def _cause(session: Session, error: BaseException) -> Exception:
    """Return the error to tell the offender of.

    Raises:
        Unavailable: it is not the function's doing, but the database cannot serve.
    """
    if isinstance(error, CommitBrokeError):
        message = (
            f"The connection to the database broke during a commit ({error.__cause__}). What was asked for is kept "
            "as a whole or not at all: look which before asking again."
        )
        raise CommitUnknown(message) from error.__cause__
    if not isinstance(error, Exception):
        return _raisable(error)
    cause = session.translate(error)
    if cause is error:
        return _raisable(error)
    cause.__cause__ = error
    if isinstance(cause, Unavailable):
        raise cause
    return cause


def _raisable(error: BaseException) -> Exception:
    """Return an error that can be handed to an awaiting task: what is not an Exception would mean something there."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    abuse = TransactionAbused(f"A transaction function raised {error!r}. It may raise nothing but an Exception.")
    abuse.__cause__ = error
    return abuse


def _copy(error: Exception) -> Exception:
    if not isinstance(error, StratumError):
        return error
    copied = type(error)(error.message)
    copied.__cause__ = error.__cause__
    return copied


def _name(function: Callable[..., Any]) -> str:
    # A partial function or an object that can be called has no name of its own.
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"


def _tenants(entries: Sequence[Entry]) -> frozenset[str]:
    return frozenset(tenant for entry in entries for tenant in entry.tenants)
