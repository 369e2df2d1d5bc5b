"""One look of a worker at the store: wake who is due, take what is ready, and learn when to look again."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stratum.runs.limits import QueueLimits
from stratum.runs.machine import soonest
from stratum.runs.rows.claim import Claim, Claims, claim
from stratum.runs.rows.lease import TIMERS_AT_ONCE, next_due, wake_due
from stratum.runs.rows.schedules import fire_due
from stratum.store import Tx

CLAIMS_AT_ONCE = 100
"""The most runs taken by one transaction."""


class Taken(NamedTuple):
    """What a worker got."""

    claims: list[Claim]
    next_due: int | None
    """When the next sleeping run wakes."""
    more: bool
    """Whether there may be more to take at once."""


def take(tx: Tx, worker: str, lanes: Sequence[tuple[str, str]], free: int, limits: Mapping[str, QueueLimits]) -> Taken:
    """Wake the runs that are due and take up to ``free`` ready ones."""
    timer, tick = next_due(tx)
    if tick is not None and tick <= tx.now:
        fire_due(tx)
    woken = wake_due(tx) if timer is not None and timer <= tx.now else 0
    slots = min(free, CLAIMS_AT_ONCE)
    claims = claim(tx, worker, lanes, slots, limits) if slots > 0 else Claims([], None, more=False)
    if soonest(timer, tick, tx.now + 1) != tx.now + 1:
        # Some of them were due and have been dealt with.
        timer, tick = next_due(tx)
    more = woken == TIMERS_AT_ONCE or (claims.more and len(claims.taken) < free)
    return Taken(claims.taken, soonest(timer, tick, claims.again_at), more)
