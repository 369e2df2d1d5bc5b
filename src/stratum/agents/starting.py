"""Turning an agent, its arguments and its options into a run to start; the same for runs and for their children."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from stratum.kernel.codec import Shape, Signature, decode, fingerprint
from stratum.kernel.errors import InvalidInput
from stratum.kernel.limits import NAME_CHARS_MAX
from stratum.runs import PRIORITY_MAX, NewRun

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOptions:
    """What an agent's decorator may say."""

    name: str | None = None
    version: str = "1"
    queue: str = "default"
    priority: int = 0
    deadline: timedelta | None = None


class Startable(Protocol[R]):
    """An agent, as far as starting it goes."""

    name: str
    options: AgentOptions
    signature: Signature

    @property
    def result(self) -> Shape[R]:
        """The shape of its result."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """How one run is started."""

    id: str | None = None
    priority: int | None = None
    at: datetime | None = None
    """When to start it; at once by default. A time without zone is UTC."""
    deadline: timedelta | None = None
    """How long after now it must be done."""
    key: str = ""
    """What a queue's ``per_key`` limit counts by, such as a customer's number."""


def new_run(
    agent: Startable[Any], arguments: Mapping[str, Any], options: StartOptions, *, tenant: str, run_id: str, now: int
) -> NewRun:
    """Return the run that starts ``agent``; its arguments are checked.

    Raises:
        InvalidInput: an argument or an option does not fit; the message has its path.
    """
    text = agent.signature.encode(dict(arguments))
    limit = options.deadline if options.deadline is not None else agent.options.deadline
    priority = agent.options.priority if options.priority is None else options.priority
    if not -PRIORITY_MAX <= priority <= PRIORITY_MAX:
        message = f"priority={priority} is out of range: give {-PRIORITY_MAX} to {PRIORITY_MAX}."
        raise InvalidInput(message)
    return NewRun(
        tenant=tenant,
        id=run_id,
        agent=agent.name,
        version=agent.options.version,
        queue=agent.options.queue,
        input=text,
        input_hash=fingerprint(decode(text)),
        priority=priority,
        limit_key=check_name("key", options.key) if options.key else "",
        deadline=None if limit is None else now + _milliseconds(limit),
        start_at=None if options.at is None else _moment(options.at),
    )


def check_name(what: str, name: str) -> str:
    """Return a name that a caller chose.

    Raises:
        InvalidInput: it is empty, too long or has characters that cannot be shown.
    """
    if not name or len(name) > NAME_CHARS_MAX or not name.isprintable() or name != name.strip():
        message = f"{name!r} cannot be a {what}: give 1 to {NAME_CHARS_MAX} printable characters."
        raise InvalidInput(message)
    return name


def _moment(at: datetime) -> int:
    utc = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return int(utc.timestamp() * 1000)


def _milliseconds(duration: timedelta) -> int:
    if duration <= timedelta(0):
        message = f"A deadline of {duration} is over before it begins: give more than zero."
        raise InvalidInput(message)
    return int(duration.total_seconds() * 1000)
