"""When schedules start runs: pure arithmetic on slots. Cron expressions are read by cronsim, with Debian's rules.

A slot is a moment at which a schedule is due. After an outage every missed slot is run, merged into the newest, or
skipped, as declared; what was not run is recorded as a gap.
"""

import hashlib
from datetime import UTC, datetime
from itertools import islice
from typing import Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, model_validator

from stratum.kernel.errors import InvalidInput

SLOTS_MAX = 1_000
"""The most missed slots that one look catches up with; the next look takes the rest."""
LATE_MS = 60_000
"""A slot that is older than this was missed."""
_EVERY_MIN_MS = 1_000


class Timing(BaseModel):
    """When a schedule is due, and what happens to slots that overlap or were missed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cron: str | None = None
    """Five fields, such as ``0 7 * * MON-FRI``; or six, beginning with seconds."""
    every_ms: int | None = None
    """An interval, counted from 1970-01-01 UTC."""
    timezone: str = "UTC"
    overlap: Literal["skip", "allow", "cancel"] = "skip"
    """What a slot does while the run before has not ended: nothing, start all the same, or cancel that run first.

    Under ``catch_up="all"`` no slot is left out, so instead of doing nothing it waits for that run.
    """
    catch_up: Literal["all", "last", "skip"] = "last"
    """Which of several missed slots are run."""
    jitter_ms: int = 0
    """Up to how much later than its slot a run starts; the same each time for the same slot."""

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if (self.cron is None) == (self.every_ms is None):
            message = "give either cron or every"
            raise ValueError(message)
        if self.every_ms is not None and self.every_ms < _EVERY_MIN_MS:
            message = "every must be at least one second"
            raise ValueError(message)
        if self.jitter_ms < 0:
            message = "jitter must not be negative"
            raise ValueError(message)
        try:
            next_slot(self, 0)
        except InvalidInput as error:
            raise ValueError(error.message) from error
        return self


class Due(NamedTuple):
    """What one look at a schedule decides."""

    run: tuple[int, ...]
    """The slots to start runs for."""
    missed: tuple[int, ...]
    """The slots that are merged or skipped."""
    next_at: int


def next_slot(timing: Timing, after: int) -> int:
    """Return the first slot later than ``after``; both in milliseconds since 1970 UTC.

    Raises:
        InvalidInput: the cron expression or the time zone cannot be read, or no slot ever comes.
    """
    if timing.every_ms is not None:
        return (after // timing.every_ms + 1) * timing.every_ms
    try:
        zone = ZoneInfo(timing.timezone)
        start = datetime.fromtimestamp(after / 1000, UTC).astimezone(zone)
        found = next(islice(CronSim(timing.cron or "", start), 1))
    except (CronSimError, KeyError, ValueError, OSError) as error:
        why = str(error) or type(error).__name__
        message = f"The schedule {timing.cron!r} in time zone {timing.timezone!r} cannot be read: {why}."
        raise InvalidInput(message) from error
    except StopIteration:
        message = f"The schedule {timing.cron!r} is never due."
        raise InvalidInput(message) from None
    return int(found.timestamp() * 1000)


def due(timing: Timing, next_at: int, now: int) -> Due:
    """Return what to do at ``now`` about the slots from ``next_at`` on."""
    slots: list[int] = []
    slot = next_at
    while slot <= now and len(slots) < SLOTS_MAX:
        slots.append(slot)
        slot = next_slot(timing, slot)
    if timing.catch_up == "all" or not slots:
        return Due(tuple(slots), (), slot)
    if timing.catch_up == "skip" and slots[-1] < now - LATE_MS:
        return Due((), tuple(slots), slot)
    return Due((slots[-1],), tuple(slots[:-1]), slot)


def run_id(schedule: str, slot: int) -> str:
    """Return the id of the run of one slot, such as ``nightly@2026-11-20T07:00:00Z``."""
    moment = datetime.fromtimestamp(slot / 1000, UTC)
    return f"{schedule}@{moment.strftime('%Y-%m-%dT%H:%M:%SZ')}"


def start_at(timing: Timing, schedule: str, slot: int) -> int:
    """Return when the run of a slot starts: the slot, and its share of the jitter."""
    if timing.jitter_ms == 0:
        return slot
    drawn = int.from_bytes(hashlib.blake2b(f"{schedule}:{slot}".encode(), digest_size=8).digest())
    return slot + drawn % (timing.jitter_ms + 1)
