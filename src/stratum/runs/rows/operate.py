"""What operators do to runs: continue a parked one, fork one from a step, carry one from store to store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stratum.kernel.codec import encode
from stratum.runs.errors import Refused, RunIdTaken
from stratum.runs.machine import rank
from stratum.runs.records import ENDED, Draft, Event, Kind, RunRow, Status
from stratum.runs.rows.events import insert_events
from stratum.runs.rows.inbox import tell
from stratum.runs.rows.lists import endings, run_row
from stratum.runs.rows.queries import Q
from stratum.runs.rows.start import make_ready
from stratum.store import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """A new run that begins as a copy of another one up to a place."""

    tenant: str
    source: str
    id: str
    events: tuple[Draft, ...]
    """Its journal so far, with the edits."""
    children: tuple[str, ...]
    """Children whose ends it still waits for; they must have ended."""
    input_hash: str
    root: str | None = None


def resume(tx: Tx, tenant: str, run_id: str, why: str) -> Status | None:
    """Make a parked run ready, with the reason in its journal; return the state it was in, None when there is none.

    A run in another state stays as it is.
    """
    row = tx.one(Q.lock_run, tenant=tenant, run_id=run_id)
    if row is None:
        return None
    status, agent, queue, priority, limit_key, _, _ = row
    if status == Status.PARKED:
        state = run_row(tx, tenant, run_id)
        head = state.head if state else 0
        epoch = state.epoch if state else 0
        insert_events(tx, [(tenant, run_id, head + 1, epoch, Draft(Kind.RESUMED, "", 0, "", encode({"why": why})))])
        tx.run(Q.set_head, tenant=tenant, run_id=run_id, head=head + 1)
        tx.run(Q.ready_run, tenant=tenant, run_id=run_id, lost=0)
        make_ready(tx, [(queue, agent, tenant, run_id, limit_key, rank(ready_at=tx.now, priority=priority))])
    return Status(status)


def fork(tx: Tx, fork: Fork) -> None:
    """Start a fork.

    Raises:
        RunIdTaken: there is a run of that id.
        Refused: a child whose end it needs has not ended.
    """
    source = run_row(tx, fork.tenant, fork.source)
    if source is None or run_row(tx, fork.tenant, fork.id) is not None:
        message = f"The run id {fork.id!r} is taken. Use another id, or leave it out to get a fresh one."
        raise RunIdTaken(message)
    _copy(tx, source, fork.id, events=fork.events, status=Status.READY, input_hash=fork.input_hash)
    ends = {end.run_id: end for end in endings(tx, [(fork.tenant, child) for child in fork.children])}
    for child in fork.children:
        if child not in ends:
            message = f"The child {child} of {fork.source} has not ended: fork before its start, or when it has ended."
            raise Refused(message)
        end = ends[child]
        tell(tx, fork.tenant, fork.id, kind="child", name=child, body=f"{end.status}:{end.body}")
    place = rank(ready_at=tx.now, priority=source.priority)
    make_ready(tx, [(source.queue, source.agent, fork.tenant, fork.id, "", place)])


def bring_in(tx: Tx, row: RunRow, events: Sequence[Event]) -> Status:
    """Enter a run that was carried here from another store, and return its state here.

    One that had not ended is parked: it may still be going on where it came from.

    Raises:
        RunIdTaken: there is a run of that id.
    """
    if run_row(tx, row.tenant, row.id) is not None:
        message = f"The run id {row.id!r} is taken in this store; nothing was imported."
        raise RunIdTaken(message)
    status = row.status if row.status in ENDED else Status.PARKED
    drafts = tuple(Draft(e.kind, e.key, e.position, e.args_hash, e.body, e.took) for e in events)
    at = {event.seq: event.at for event in events}
    _copy(tx, row, row.id, events=drafts, status=status, input_hash=row.input_hash, at=at)
    return status


def _copy(
    tx: Tx,
    row: RunRow,
    run_id: str,
    *,
    events: Sequence[Draft],
    status: Status,
    input_hash: str,
    at: Mapping[int, int] | None = None,
) -> None:
    ended = status in ENDED
    created_at = tx.now if at is None else row.created_at
    reason = "imported: resume it here once it is stopped where it came from" if status is Status.PARKED else row.reason
    tx.run(
        Q.copy_run,
        tenant=row.tenant,
        id=run_id,
        agent=row.agent,
        version=row.version,
        queue=row.queue,
        priority=row.priority,
        status=status,
        head=len(events),
        deadline=None,
        root=run_id,
        input_hash=input_hash,
        created_at=created_at,
        ended_at=(row.ended_at or tx.now) if ended else None,
        reason=None if status is Status.READY else reason,
    )
    tx.each(Q.insert_age, [{"tenant": row.tenant, "created_at": created_at, "run_id": run_id}])
    insert_events(tx, [(row.tenant, run_id, seq, 0, draft) for seq, draft in enumerate(events, start=1)], at=at)
