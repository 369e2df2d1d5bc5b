"""The values that runs are made of: frozen, plain, shared by every module of this folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from stratum.store import Tx


class Status(StrEnum):
    """Where a run stands. See the diagram in the docstring of :mod:`stratum.runs`."""

    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    PARKED = "parked"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({Status.DONE, Status.FAILED, Status.CANCELLED})
"""The states in which a run has nothing left to do."""


class Kind(StrEnum):
    """What an event of the journal records."""

    STARTED = "started"
    STEP = "step"
    STEP_FAILED = "step_failed"
    ATTEMPT = "attempt"
    LEFT = "left"
    """The result of this call was recorded, and its caller was cancelled before it got it."""
    VALUE = "value"
    TIMER = "timer"
    CANCEL = "cancel"
    DEADLINE = "deadline"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PARKED = "parked"
    RESUMED = "resumed"
    FORKED = "forked"
    EDITED = "edited"


CLOSING = frozenset({Kind.STEP, Kind.STEP_FAILED})
"""The events that give a call its result; replay hands them out in journal order."""


class Event(NamedTuple):
    """One entry of a run's journal."""

    seq: int
    kind: str
    key: str
    position: int
    args_hash: str
    body: str
    took: int
    """Milliseconds that the call ran, its last try only."""
    at: int


class Draft(NamedTuple):
    """An event that has no place in the journal yet."""

    kind: str
    key: str
    position: int
    args_hash: str
    body: str
    took: int = 0


class Part(NamedTuple):
    """Rows of another capability that commit together with an append.

    ``function(tx, payloads)`` is called once with the payloads of all the runs in the batch whose fence held.
    """

    function: Callable[[Tx, Sequence["PartItem"]], None]
    payload: Any


class PartItem(NamedTuple):
    """One payload, with the run that it belongs to."""

    tenant: str
    run_id: str
    payload: Any


class Release(NamedTuple):
    """How a worker lets go of a run: its new state, and what wakes it."""

    status: Status
    wake_at: int | None = None
    reason: str | None = None


class InboxItem(NamedTuple):
    """Something that others told a run."""

    seq: int
    kind: str
    name: str
    body: str
    at: int


class Fence(NamedTuple):
    """Who may write a run: the worker that claimed it, in the epoch of that claim."""

    tenant: str
    run_id: str
    worker: str
    epoch: int


class Append(NamedTuple):
    """One atomic addition to a run's journal."""

    fence: Fence
    head: int
    """The journal's length before; if it differs, somebody else wrote and the append is refused."""
    events: tuple[Draft, ...]
    taken: tuple[tuple[int, int], ...] = ()
    """(inbox seq, event seq) of what these events consume."""
    release: Release | None = None
    inbox: int = 0
    """How many inbox entries the worker has read; a run does not go to sleep over an unread one."""
    parts: tuple[Part, ...] = ()
    children: tuple["NewRun", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to start."""

    tenant: str
    id: str
    agent: str
    version: str
    queue: str
    input: str
    """The arguments, as JSON text."""
    input_hash: str
    priority: int = 0
    limit_key: str = ""
    deadline: int | None = None
    start_at: int | None = None
    parent: str | None = None
    root: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A run that this worker now holds."""

    fence: Fence
    agent: str
    version: str
    queue: str
    head: int
    inbox: int
    losses: int
    deadline: int | None
    parent: str | None
    root: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run's state, for those who look at it."""

    tenant: str
    id: str
    agent: str
    version: str
    queue: str
    priority: int
    status: Status
    epoch: int
    head: int
    inbox: int
    losses: int
    worker: str | None
    wake_at: int | None
    deadline: int | None
    parent: str | None
    root: str
    input_hash: str
    created_at: int
    ended_at: int | None
    reason: str | None
