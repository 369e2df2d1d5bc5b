"""Taking ready runs: fair among tenants, in order within one, each in a new epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stratum.runs.limits import QueueLimits, Room, allot
from stratum.runs.machine import Share, soonest, turn
from stratum.runs.records import Claimed, Event, Fence, InboxItem
from stratum.runs.rows.events import first_events
from stratum.runs.rows.inbox import unread
from stratum.runs.rows.limits import UNLIMITED, hold_back, room_of, spend
from stratum.runs.rows.queries import Q
from stratum.store import Params, Row, Tx

SHORT_HISTORY = 64
"""Up to this many events come with the claim; a longer journal is read apart, so that it holds up no writer."""
_ROUNDS_MAX = 16


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that a worker took, with what is needed to go on."""

    run: Claimed
    events: list[Event] | None
    """The journal, or None when it is long and must be read apart."""
    inbox: list[InboxItem]


@dataclass(frozen=True, slots=True)
class Claims:
    """What one look for ready runs gave."""

    taken: list[Claim]
    again_at: int | None
    """When a queue's rate lets more start."""
    more: bool
    """Whether there may be more to take at once."""


def claim(
    tx: Tx, worker: str, lanes: Sequence[tuple[str, str]], slots: int, limits: Mapping[str, QueueLimits]
) -> Claims:
    """Take up to ``slots`` ready runs of the (queue, agent) pairs in ``lanes``, within the limits of their queues."""
    asked: list[Params] = [{"queue": queue, "agent": agent, "most": slots} for queue, agent in sorted(lanes)]
    shares = [Share(*row) for row in tx.each(Q.shares, asked)]
    if not shares:
        return Claims([], None, more=False)
    rooms, again_at = _rooms(tx, shares, limits)
    rows: list[Row] = []
    for _ in range(_ROUNDS_MAX):
        given = {share: most for share, most in allot(shares, slots - len(rows), rooms).items() if most}
        if not given:
            break
        for share, most in sorted(given.items()):
            found, drained = _take(tx, share, most, rooms[share.queue], limits.get(share.queue))
            rows += found
            if drained:
                shares.remove(share)
    more = len(rows) == slots or any(rooms[share.queue].admits(share.tenant) for share in shares)
    return Claims(_assign(tx, worker, rows), again_at, more)


def _rooms(tx: Tx, shares: Sequence[Share], limits: Mapping[str, QueueLimits]) -> tuple[dict[str, Room], int | None]:
    rooms: dict[str, Room] = {}
    again: list[int | None] = []
    for queue in sorted({share.queue for share in shares}):
        limit = limits.get(queue)
        if limit is None:
            rooms[queue] = Room(UNLIMITED, {}, {})
        else:
            tenants = sorted({share.tenant for share in shares if share.queue == queue})
            rooms[queue], again_at = room_of(tx, queue, limit, tenants)
            again.append(again_at)
    return rooms, soonest(*again)


def _take(tx: Tx, share: Share, most: int, room: Room, limit: QueueLimits | None) -> tuple[list[Row], bool]:
    """Take up to ``most`` runs of one share; also return whether it has no more."""
    lane = {"queue": share.queue, "agent": share.agent, "tenant": share.tenant}
    found = tx.all(Q.first_ready, **lane, most=most)
    rows = found
    if found:
        tx.each(Q.delete_ready, [_place(row) for row in found])
        rows = found if limit is None else hold_back(tx, limit, found)
        cost = turn(room.weights.get(share.tenant, 1)) * len(rows)
        tx.run(Q.advance_share, **lane, cost=cost)
        room.take(share.tenant, len(rows))
        if limit is not None and limit.rate is not None:
            spend(tx, share.queue, len(rows))
    if len(found) < most and tx.one(Q.lock_share, **lane) is not None:
        # Whoever adds a run holds the share; as we hold it alone, every committed run is visible to this delete.
        tx.run(Q.drop_share, **lane)
    return rows, len(found) < most


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
    return _loaded(tx, [_claimed(row) for row in taken])


def _loaded(tx: Tx, runs: Sequence[Claimed]) -> list[Claim]:
    short = [run.fence for run in runs if run.head <= SHORT_HISTORY]
    journals = first_events(tx, [(fence.tenant, fence.run_id) for fence in short], SHORT_HISTORY)
    return [
        Claim(
            run,
            journals.get((run.fence.tenant, run.fence.run_id)),
            unread(tx, run.fence.tenant, run.fence.run_id) if run.inbox else [],
        )
        for run in runs
    ]


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
