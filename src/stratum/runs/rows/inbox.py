"""What others tell a run: signals, the end of a child, a wish to cancel."""

from stratum.runs.machine import rank
from stratum.runs.records import InboxItem, Status
from stratum.runs.rows.queries import Q
from stratum.runs.rows.start import make_ready
from stratum.store import Tx

INBOX_TOPIC = "inbox"


def tell(tx: Tx, tenant: str, run_id: str, *, kind: str, name: str, body: str, dedupe: str | None = None) -> bool:
    """Put something into a run's inbox and wake the run; False when it has ended or there is none.

    A second entry with the same ``dedupe`` changes nothing.
    """
    if dedupe is not None:
        # The run's row is held first, so that of two equal signals at once the second sees the first.
        tx.one(Q.lock_run, tenant=tenant, run_id=run_id)
        if tx.one(Q.known_signal, tenant=tenant, run_id=run_id, dedupe=dedupe) is not None:
            return True
    row = tx.one(Q.bump_inbox, tenant=tenant, run_id=run_id)
    if row is None:
        return False
    seq, status = row
    tx.run(
        Q.insert_inbox, tenant=tenant, run_id=run_id, seq=seq, kind=kind, name=name, dedupe=dedupe, body=body, at=tx.now
    )
    if status == Status.WAITING or (status == Status.PARKED and kind == "cancel"):
        wake_run(tx, tenant, run_id)
    tx.wake(f"{INBOX_TOPIC}:{run_id}", INBOX_TOPIC)
    return True


def wake_run(tx: Tx, tenant: str, run_id: str) -> bool:
    """Make a waiting or parked run ready; False when it is neither."""
    row = tx.one(Q.lock_run, tenant=tenant, run_id=run_id)
    if row is None or row[0] not in {Status.WAITING, Status.PARKED}:
        return False
    _, agent, queue, priority, limit_key, wake_at, _ = row
    if wake_at is not None:
        tx.run(Q.delete_timer, due=wake_at, tenant=tenant, run_id=run_id)
    tx.run(Q.ready_run, tenant=tenant, run_id=run_id, lost=0)
    make_ready(tx, [(queue, agent, tenant, run_id, limit_key, rank(ready_at=tx.now, priority=priority))])
    return True


def unread(tx: Tx, tenant: str, run_id: str, after: int = 0) -> list[InboxItem]:
    """Return what a run was told behind ``after`` and has not used yet."""
    return [InboxItem(*row) for row in tx.all(Q.unread_inbox, tenant=tenant, run_id=run_id, after=after)]


def inbox_counts(tx: Tx, worker: str) -> dict[tuple[str, str], int]:
    """Return how much each run of a worker was told, by (tenant, run id)."""
    return {(tenant, run_id): count for tenant, run_id, count in tx.all(Q.inbox_counts, worker=worker)}
