"""Limits of a queue, as declared, and the pure arithmetic of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stratum.kernel.errors import InvalidInput
from stratum.runs.machine import Share, turn

CONCURRENCY_MAX = 10_000
"""The largest limit; what a queue runs is counted row by row."""
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_RATE = re.compile(r"(\d+)/(\d*)([smhd])")
TOKEN = 1_000_000
"""One start, in the units that a bucket counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """What a queue lets happen at once, over all workers."""

    concurrency: int | None = None
    """The most runs at once."""
    per_tenant: int | None = None
    """The most runs of one tenant at once."""
    per_key: int | None = None
    """The most runs at once that were started with the same ``key``, within a tenant."""
    rate: str | None = None
    """The most starts in a time, such as ``10/s``, ``100/m`` or ``5/30s``; as many may start in one burst."""
    weights: Mapping[str, int] = field(default_factory=dict[str, int])
    """Shares of tenants that differ from 1, such as ``{"acme": 3}``."""

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            InvalidInput: one is out of its range.
        """
        for name in ("concurrency", "per_tenant", "per_key"):
            limit = getattr(self, name)
            if limit is not None and not 1 <= limit <= CONCURRENCY_MAX:
                message = f"{name}={limit} is out of range: give 1 to {CONCURRENCY_MAX:,}."
                raise InvalidInput(message)
        if any(not 1 <= weight <= TOKEN for weight in self.weights.values()):
            message = f"weights={dict(self.weights)} is out of range: give each tenant at least 1."
            raise InvalidInput(message)
        if self.rate is not None:
            parse_rate(self.rate)


def parse_rate(rate: str) -> tuple[int, int]:
    """Return a rate such as ``100/m`` as (starts, milliseconds).

    Raises:
        InvalidInput: it is not of that form.
    """
    match = _RATE.fullmatch(rate)
    count, every = (int(match[1]), int(match[2] or 1) * _UNITS_MS[match[3]]) if match else (0, 0)
    if not count or not every:
        message = f"rate={rate!r} is not a rate: give a number of starts and a time, such as 10/s, 100/m or 5/30s."
        raise InvalidInput(message)
    return count, every


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket: what may start at once, and when it was last filled."""

    tokens: int
    """In millionths of a start."""
    filled_at: int


def fill(bucket: Bucket | None, rate: str, now: int) -> Bucket:
    """Return a bucket with what has flowed in since it was last filled, never more than one whole rate."""
    count, every = parse_rate(rate)
    if bucket is None:
        return Bucket(count * TOKEN, now)
    elapsed = max(0, now - bucket.filled_at)
    return Bucket(min(count * TOKEN, bucket.tokens + elapsed * count * TOKEN // every), max(now, bucket.filled_at))


def next_token_at(bucket: Bucket, rate: str) -> int:
    """Return when the bucket holds one whole start."""
    count, every = parse_rate(rate)
    missing = max(0, TOKEN - bucket.tokens)
    return bucket.filled_at + -(-missing * every // (count * TOKEN))


@dataclass(slots=True)
class Room:
    """What a queue still lets a worker take in this transaction."""

    total: int
    tenants: dict[str, int]
    """What is left of each tenant's limit; empty where there is none."""
    weights: Mapping[str, int]

    def admits(self, tenant: str) -> bool:
        """Return whether one more run of ``tenant`` may start."""
        return self.total > 0 and self.tenants.get(tenant, 1) > 0

    def take(self, tenant: str, count: int = 1) -> None:
        """Use some of the room."""
        self.total -= count
        if tenant in self.tenants:
            self.tenants[tenant] -= count


def allot(shares: Sequence[Share], slots: int, rooms: Mapping[str, Room]) -> dict[Share, int]:
    """Divide a worker's free slots among the tenants with ready runs, each in proportion to its weight.

    Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): each slot goes to the share with the least virtual
    time that its queue still admits; the share's time then moves ahead by one turn divided by its weight.
    """
    clock = {share: share.vtime for share in shares}
    given = dict.fromkeys(shares, 0)
    left = {queue: Room(room.total, dict(room.tenants), room.weights) for queue, room in rooms.items()}
    for _ in range(slots):
        open_shares = [share for share in shares if left[share.queue].admits(share.tenant)]
        if not open_shares:
            break
        share = min(open_shares, key=lambda share: (clock[share], share))
        given[share] += 1
        room = left[share.queue]
        room.take(share.tenant)
        clock[share] += turn(room.weights.get(share.tenant, 1))
    return given
