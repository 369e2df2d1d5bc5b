"""Counting what queues run, and holding back what they may not run yet."""

from collections.abc import Sequence

from stratum.runs.limits import TOKEN, Bucket, QueueLimits, Room, fill, next_token_at
from stratum.runs.rows.queries import Q
from stratum.store import Row, Tx

UNLIMITED = 1 << 40
FREED_TOPIC = "freed"


def hold_queue(tx: Tx, queue: str) -> Bucket | None:
    """Hold a limited queue until this transaction ends, so that no two workers count it at once; give its bucket."""
    tx.run(Q.insert_bucket, queue=queue)
    row = tx.one(Q.hold_bucket, queue=queue)
    return None if row is None or row[1] == 0 else Bucket(*row)


def room_of(tx: Tx, queue: str, limits: QueueLimits, tenants: Sequence[str]) -> tuple[Room, int | None]:
    """Return what a queue still lets start, and when to look again if only its rate stands in the way."""
    bucket = hold_queue(tx, queue)
    total = UNLIMITED
    if limits.concurrency is not None:
        total = max(0, limits.concurrency - _count(tx, queue, None, None))
    again_at = None
    if limits.rate is not None:
        bucket = fill(bucket, limits.rate, tx.now)
        tx.run(Q.set_bucket, queue=queue, tokens=bucket.tokens, filled_at=bucket.filled_at)
        total = min(total, bucket.tokens // TOKEN)
        again_at = next_token_at(bucket, limits.rate) if bucket.tokens < TOKEN else None
    left: dict[str, int] = {}
    if limits.per_tenant is not None:
        left = {tenant: max(0, limits.per_tenant - _count(tx, queue, tenant, None)) for tenant in tenants}
    return Room(total, left, limits.weights), again_at


def spend(tx: Tx, queue: str, count: int) -> None:
    """Take the tokens of runs that start out of a queue's bucket."""
    tx.run(Q.spend_tokens, queue=queue, tokens=count * TOKEN)


def hold_back(tx: Tx, limits: QueueLimits, rows: Sequence[Row]) -> list[Row]:
    """Return those ready rows whose key has room, and set the others aside until one of their key ends."""
    if limits.per_key is None:
        return list(rows)
    used: dict[tuple[str, str, str], int] = {}
    free: list[Row] = []
    for row in rows:
        queue, agent, tenant, rank, run_id, key = row
        place = (queue, tenant, key)
        if key and place not in used:
            used[place] = _count(tx, queue, tenant, key)
        if not key or used[place] < limits.per_key:
            used[place] = used.get(place, 0) + 1
            free.append(row)
        else:
            tx.run(Q.insert_blocked, queue=queue, tenant=tenant, limit_key=key, rank=rank, run_id=run_id, agent=agent)
    return free


def freed(tx: Tx, places: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str, str, str, int]]:
    """Return what may become ready now that runs of these (queue, tenant, key) have left, and tell the workers."""
    found: list[tuple[str, str, str, str, str, int]] = []
    for queue, tenant, key in sorted(places):
        tx.wake(f"{FREED_TOPIC}:{queue}")
        if key:
            hold_queue(tx, queue)
            for agent, rank, run_id in tx.all(Q.take_blocked, queue=queue, tenant=tenant, limit_key=key):
                found.append((queue, agent, tenant, run_id, key, rank))
    return found


def _count(tx: Tx, queue: str, tenant: str | None, key: str | None) -> int:
    if tenant is None:
        row = tx.one(Q.active_in_queue, queue=queue)
    elif key is None:
        row = tx.one(Q.active_of_tenant, queue=queue, tenant=tenant)
    else:
        row = tx.one(Q.active_of_key, queue=queue, tenant=tenant, limit_key=key)
    return int(row[0]) if row else 0
