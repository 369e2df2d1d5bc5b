"""Taking ready runs: fair among tenants, in order within one, each in a new epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

from stratum.runs.machine import Share, allot, turn
from stratum.runs.records import Claimed, Event, Fence, InboxItem
from stratum.runs.rows.events import read_events
from stratum.runs.rows.inbox import unread
from stratum.runs.rows.queries import Q
from stratum.store import Params, Row, Tx

SHORT_HISTORY = 64
"""Up to this many events come with the claim; a longer journal is read apart, so that it holds up no writer."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that a worker took, with what is needed to go on."""

    run: Claimed
    events: list[Event] | None
    """The journal, or None when it is long and must be read apart."""
    inbox: list[InboxItem]


def claim(tx: Tx, worker: str, lanes: Sequence[tuple[str, str]], slots: int) -> list[Claim]:
    """Take up to ``slots`` ready runs of the (queue, agent) pairs in ``lanes``."""
    asked: list[Params] = [{"queue": queue, "agent": agent, "most": slots} for queue, agent in sorted(lanes)]
    shares = [Share(*row) for row in tx.each(Q.shares, asked)]
    if not shares:
        return []
    given = allot(shares, slots, weights={})
    taken: list[Row] = []
    for share, most in sorted(given.items()):
        if most > 0:
            taken += _take(tx, share, most)
    return _assign(tx, worker, taken)


def _take(tx: Tx, share: Share, most: int) -> list[Row]:
    lane = {"queue": share.queue, "agent": share.agent, "tenant": share.tenant}
    rows = tx.all(Q.first_ready, **lane, most=most)
    if rows:
        tx.each(Q.delete_ready, [_place(row) for row in rows])
        tx.run(Q.advance_share, **lane, cost=turn(1) * len(rows))
    if len(rows) < most and tx.one(Q.lock_share, **lane) is not None:
        # Whoever adds a run holds the share; as we hold it alone, every committed run is visible to this delete.
        tx.run(Q.drop_share, **lane)
    return rows


def _assign(tx: Tx, worker: str, rows: Sequence[Row]) -> list[Claim]:
    if not rows:
        return []
    tx.admit({row[2] for row in rows})
    ordered = sorted(rows, key=lambda row: (row[2], row[4]))
    taken = tx.each(Q.take_run, [{"tenant": row[2], "run_id": row[4], "worker": worker} for row in ordered])
    tx.each(
        Q.insert_active,
        [
            {"worker": worker, "tenant": row[0], "run_id": row[1], "queue": row[6], "limit_key": row[13]}
            for row in taken
        ],
    )
    return [_loaded(tx, _claimed(row)) for row in taken]


def _loaded(tx: Tx, run: Claimed) -> Claim:
    fence = run.fence
    events = read_events(tx, fence.tenant, fence.run_id) if run.head <= SHORT_HISTORY else None
    return Claim(run, events, unread(tx, fence.tenant, fence.run_id) if run.inbox else [])


def _claimed(row: Row) -> Claimed:
    tenant, run_id, worker, epoch, agent, version, queue, head, inbox, losses, deadline, parent, root, _ = row
    return Claimed(
        fence=Fence(tenant, run_id, worker, epoch),
        agent=agent,
        version=version,
        queue=queue,
        head=head,
        inbox=inbox,
        losses=losses,
        deadline=deadline,
        parent=parent,
        root=root,
    )


def _place(row: Row) -> Params:
    return {"queue": row[0], "agent": row[1], "tenant": row[2], "rank": row[3], "run_id": row[4]}
