"""Workers and their leases: who is alive, and what becomes of the runs of who is not."""

from collections.abc import Sequence
from dataclasses import dataclass

from stratum.runs.machine import is_dead, rank
from stratum.runs.records import Fence
from stratum.runs.rows.inbox import wake_run
from stratum.runs.rows.limits import freed
from stratum.runs.rows.queries import Q
from stratum.runs.rows.start import make_ready
from stratum.store import Tx

TIMERS_AT_ONCE = 500
"""The most sleeping runs woken by one transaction."""


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A process that executes runs."""

    id: str
    host: str
    """The machine, this boot of it, and the process namespace."""
    pid: int
    started_at: int
    build: str
    seen_at: int
    lease_ms: int
    agents: str
    """The (queue, agent) pairs that it takes, as JSON."""


def join(tx: Tx, worker: WorkerRow) -> None:
    """Enter a worker, alive from now on."""
    tx.run(
        Q.insert_worker,
        id=worker.id,
        host=worker.host,
        pid=worker.pid,
        started_at=worker.started_at,
        build=worker.build,
        seen_at=tx.now,
        lease_ms=worker.lease_ms,
        agents=worker.agents,
    )


def beat(tx: Tx, worker: str) -> bool:
    """Renew a worker's lease; False when it was declared dead meanwhile."""
    return tx.run(Q.see_worker, id=worker, seen_at=tx.now) == 1


def workers(tx: Tx) -> list[WorkerRow]:
    """Return all workers."""
    return [WorkerRow(*row) for row in tx.all(Q.workers)]


def expired(tx: Tx) -> list[str]:
    """Return the workers whose lease has run out."""
    return [row.id for row in workers(tx) if is_dead(seen_at=row.seen_at, lease_ms=row.lease_ms, now=tx.now)]


def bury(tx: Tx, worker: str, *, lost: bool = True) -> int:
    """Take a worker out and make its runs ready again; return how many there were.

    ``lost`` counts against the runs: one that kills its workers again and again is set aside in the end.
    """
    if not tx.all(Q.delete_worker, id=worker):
        return 0
    held = tx.all(Q.active_of_worker, worker=worker)
    tx.admit({tenant for tenant, _ in held})
    rows = [{"worker": worker, "tenant": tenant, "run_id": run_id} for tenant, run_id in sorted(held)]
    left = tx.each(Q.delete_active, rows)
    again = [place for tenant, run_id in sorted(held) if (place := _free(tx, tenant, run_id, lost=lost))]
    make_ready(tx, [*again, *freed(tx, left)])
    return len(again)


def give_back(tx: Tx, fence: Fence) -> bool:
    """Make a run ready again that its worker could neither execute nor end; counts against the run as a loss does."""
    row = tx.one(Q.fence_of, tenant=fence.tenant, run_id=fence.run_id)
    if row is None or (row[0], row[1]) != (fence.epoch, fence.worker):
        return False
    left = tx.each(Q.delete_active, [{"worker": fence.worker, "tenant": fence.tenant, "run_id": fence.run_id}])
    place = _free(tx, fence.tenant, fence.run_id, lost=True)
    make_ready(tx, [*([place] if place else []), *freed(tx, left)])
    return place is not None


def wake_due(tx: Tx) -> int:
    """Make the runs ready whose time has come; return how many."""
    due = tx.all(Q.due_timers, now=tx.now, most=TIMERS_AT_ONCE)
    if not due:
        return 0
    tx.admit({tenant for _, tenant, _ in due})
    woken = 0
    for moment, tenant, run_id in due:
        if not wake_run(tx, tenant, run_id):
            # Its run woke by another way; only the timer was left.
            tx.run(Q.delete_timer, due=moment, tenant=tenant, run_id=run_id)
        else:
            woken += 1
    return woken


def next_due(tx: Tx) -> tuple[int | None, int | None]:
    """Return when the next sleeping run wakes by itself, and when the next schedule is due."""
    row = tx.one(Q.next_due)
    return (None, None) if row is None else (row[0], row[1])


def _free(tx: Tx, tenant: str, run_id: str, *, lost: bool) -> tuple[str, str, str, str, str, int] | None:
    row = tx.one(Q.lock_run, tenant=tenant, run_id=run_id)
    if row is None or row[0] != "running":
        return None
    _, agent, queue, priority, limit_key, _, _ = row
    tx.run(Q.ready_run, tenant=tenant, run_id=run_id, lost=1 if lost else 0)
    return queue, agent, tenant, run_id, limit_key, rank(ready_at=tx.now, priority=priority)


def held_by(tx: Tx, worker: str) -> Sequence[tuple[str, str]]:
    """Return the (tenant, run id) of each run that a worker holds."""
    return [(tenant, run_id) for tenant, run_id in tx.all(Q.active_of_worker, worker=worker)]
