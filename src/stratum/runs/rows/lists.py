"""Looking at runs: one, the newest, the children of one, and how some ended."""

from collections.abc import Sequence
from typing import NamedTuple

from stratum.runs.records import RunRow, Status
from stratum.runs.rows.queries import Q
from stratum.store import Row, Tx

CHILDREN_MAX = 1_000
_FUTURE = 1 << 62


class Ended(NamedTuple):
    """How a run ended."""

    tenant: str
    run_id: str
    status: Status
    body: str
    reason: str | None


def run_row(tx: Tx, tenant: str, run_id: str) -> RunRow | None:
    """Return a run's state, or None."""
    row = tx.one(Q.run_row, tenant=tenant, run_id=run_id)
    return None if row is None else _run(row)


def run_rows(tx: Tx, tenant: str, status: Status | None, agent: str | None, most: int) -> list[RunRow]:
    """Return the newest runs of a tenant, newest first."""
    rows = tx.all(Q.run_rows, tenant=tenant, status=status, agent=agent, before=_FUTURE, most=most)
    return [_run(row) for row in rows]


def children_of(tx: Tx, tenant: str, run_id: str) -> list[RunRow]:
    """Return the runs that a run started, at most 1,000."""
    return [_run(row) for row in tx.all(Q.children_of, tenant=tenant, run_id=run_id, most=CHILDREN_MAX)]


def endings(tx: Tx, keys: Sequence[tuple[str, str]]) -> list[Ended]:
    """Return how those of the (tenant, run id) have ended that have."""
    rows = tx.each(Q.endings, [{"tenant": tenant, "run_id": run_id} for tenant, run_id in keys])
    return [
        Ended(tenant, run_id, Status(status), body or "null", reason) for tenant, run_id, status, body, reason in rows
    ]


def _run(row: Row) -> RunRow:
    (tenant, run_id, agent, version, queue, priority, status, epoch, head, inbox, losses, worker, wake_at, deadline,
     parent, root, input_hash, created_at, ended_at, reason) = row  # fmt: skip
    return RunRow(
        tenant=tenant, id=run_id, agent=agent, version=version, queue=queue, priority=priority, status=Status(status),
        epoch=epoch, head=head, inbox=inbox, losses=losses, worker=worker, wake_at=wake_at, deadline=deadline,
        parent=parent, root=root, input_hash=input_hash, created_at=created_at, ended_at=ended_at, reason=reason,
    )  # fmt: skip
