"""The decisions of runs as plain functions: state and event in, decision out. Time and chance are arguments."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from stratum.kernel.errors import Disposition, InvalidInput, StratumError

PRIORITY_MAX = 1_000
_AGEING_MS = 60_000
_TURN = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often, and how patiently, a step is tried again.

    The delay before try n + 1 is drawn evenly from [0, min(cap, first x factor^(n-1))]: "full jitter" of Brooker,
    "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. A delay that the error itself asks for is the floor.
    """

    attempts: int = 4
    """The most tries in all, from 1 to 1,000."""
    first: timedelta = timedelta(milliseconds=200)
    factor: float = 2.0
    cap: timedelta = timedelta(minutes=5)

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises:
            InvalidInput: a number is out of its range.
        """
        if not 1 <= self.attempts <= 1_000:  # noqa: PLR2004 - the bound is in the docstring
            message = f"attempts={self.attempts} is out of range: give 1 (no retry) to 1,000."
            raise InvalidInput(message)
        if self.factor < 1 or self.first < timedelta(0) or self.cap < self.first:
            message = f"{self} cannot be used: factor >= 1 and 0 <= first <= cap are needed."
            raise InvalidInput(message)


class Failure(NamedTuple):
    """What is known of one failed try."""

    kind: str
    """``transient``, ``timeout``, ``bug``, ``invalid_request`` or ``unknown``."""
    disposition: Disposition
    cause: str
    """The error as text."""
    wait_ms: int = 0
    """How long the error itself asked to wait."""


_BUGS = (
    TypeError,
    AttributeError,
    NameError,
    SyntaxError,
    ImportError,
    AssertionError,
    NotImplementedError,
    RecursionError,
)
_TRANSIENT = (ConnectionError, TimeoutError, InterruptedError, BlockingIOError)
_INVALID = (ValueError, LookupError, ArithmeticError)


def text_of(error: BaseException) -> str:
    """Return an error's text as both databases can keep it."""
    try:
        return storable(str(error))
    except Exception:  # noqa: BLE001 - an error whose text cannot be made is still an error to record
        return ""


def storable(text: str) -> str:
    """Return a text without what PostgreSQL or UTF-8 cannot hold: NUL, and halves of surrogate pairs."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def classify(error: BaseException) -> Failure:
    """Return the class of a step's error and what to do about it.

    A bug or an invalid request fails at once: the same call would fail the same way. Everything else is retried.
    """
    text = text_of(error)
    cause = f"{type(error).__name__}: {text}" if text else type(error).__name__
    if isinstance(error, StratumError):
        return Failure(error.code, error.disposition, cause, error.retry_after_ms)
    if isinstance(error, TimeoutError):
        return Failure("timeout", Disposition.RETRY, cause)
    if isinstance(error, _TRANSIENT):
        return Failure("transient", Disposition.RETRY, cause)
    if isinstance(error, _BUGS):
        return Failure("bug", Disposition.STOP, cause)
    if isinstance(error, _INVALID):
        return Failure("invalid_request", Disposition.STOP, cause)
    return Failure("unknown", Disposition.RETRY, cause)


def delay_ms(retry: Retry, failure: Failure, *, tried: int, fraction: float) -> int | None:
    """Return the milliseconds to wait before the next try, or None when there is none.

    ``tried`` counts the tries so far; ``fraction`` is drawn from [0, 1).
    """
    if failure.disposition is not Disposition.RETRY or tried >= retry.attempts:
        return None
    ceiling = _backoff_ms(retry, tried)
    return max(int(ceiling * fraction), failure.wait_ms)


def _backoff_ms(retry: Retry, tried: int) -> float:
    cap = retry.cap.total_seconds() * 1000
    first = retry.first.total_seconds() * 1000
    # Past 60 doublings the cap always wins, and a float would overflow.
    return min(cap, first * retry.factor ** min(tried - 1, 60))


def rank(*, ready_at: int, priority: int) -> int:
    """Return where a ready run stands in its queue; lower is sooner.

    Each step of priority is worth a minute of waiting. The rank is fixed when the run becomes ready, so ageing costs
    nothing: whoever has waited longer is already ahead.
    """
    return ready_at - priority * _AGEING_MS


class Share(NamedTuple):
    """A tenant with ready runs of one agent in one queue."""

    queue: str
    agent: str
    tenant: str
    vtime: int


def turn(weight: int) -> int:
    """Return by how much one run moves a tenant's virtual time ahead."""
    return _TURN // weight


def is_dead(*, seen_at: int, lease_ms: int, now: int) -> bool:
    """Return whether a worker has not been seen for longer than its lease."""
    return seen_at + lease_ms < now


def soonest(*moments: int | None) -> int | None:
    """Return the earliest of some moments, leaving out those that are not set."""
    known = [moment for moment in moments if moment is not None]
    return min(known) if known else None
