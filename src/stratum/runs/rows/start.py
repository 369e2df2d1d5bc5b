"""Starting runs, and making runs ready."""

from collections.abc import Iterable, Sequence

from stratum.kernel.errors import StratumError
from stratum.runs.errors import RunIdTaken
from stratum.runs.machine import rank, soonest
from stratum.runs.records import Draft, Kind, NewRun, Status
from stratum.runs.rows.events import insert_events
from stratum.runs.rows.queries import Q
from stratum.store import Params, Tx

READY_TOPIC = "ready"
_SHARE_TRIES = 20


def start_each(tx: Tx, runs: Sequence[NewRun]) -> list[bool | BaseException]:
    """Start each run; True where it is new, False where the same was started before.

    The answer is an error where the id belongs to a run of another agent or with another input.
    """
    if not runs:
        return []
    unique = {(run.tenant, run.id): run for run in reversed(runs)}
    inserted = tx.each(Q.insert_run, [_row(tx, run) for _, run in sorted(unique.items())])
    created = {(tenant, run_id): unique[tenant, run_id] for tenant, run_id in inserted}
    first = [
        (run.tenant, run.id, 1, 0, Draft(Kind.STARTED, "", 0, run.input_hash, run.input)) for run in created.values()
    ]
    insert_events(tx, first)
    tx.each(Q.insert_age, [{"tenant": run.tenant, "created_at": tx.now, "run_id": run.id} for run in created.values()])
    children = [run for run in created.values() if run.parent is not None]
    tx.each(Q.insert_child, [{"tenant": run.tenant, "parent": run.parent, "run_id": run.id} for run in children])
    _queue(tx, created.values())
    return [_answer(tx, run, created) for run in runs]


def make_ready(tx: Tx, runs: Iterable[tuple[str, str, str, str, str, int]]) -> None:
    """Put each (queue, agent, tenant, run id, limit key, rank) where workers find it, and wake them."""
    rows: list[Params] = [
        {"queue": queue, "agent": agent, "tenant": tenant, "rank": place, "run_id": run_id, "limit_key": limit_key}
        for queue, agent, tenant, run_id, limit_key, place in sorted(runs)
    ]
    if not rows:
        return
    _hold_shares(tx, rows)
    tx.each(Q.insert_ready, rows)
    tx.wake(READY_TOPIC)


def _queue(tx: Tx, runs: Iterable[NewRun]) -> None:
    now: list[NewRun] = []
    later: list[NewRun] = []
    for run in runs:
        (later if run.start_at is not None and run.start_at > tx.now else now).append(run)
    make_ready(
        tx,
        [
            (run.queue, run.agent, run.tenant, run.id, run.limit_key, rank(ready_at=tx.now, priority=run.priority))
            for run in now
        ],
    )
    timers = [{"due": soonest(run.start_at, run.deadline), "tenant": run.tenant, "run_id": run.id} for run in later]
    tx.each(Q.insert_timer, timers)
    if timers:
        tx.wake(READY_TOPIC)


def _hold_shares(tx: Tx, rows: Sequence[Params]) -> None:
    """Make sure that each tenant stands in the fair order, and keep its row until we have committed.

    A worker that finds no ready run removes the row; were it removed between our look and our commit, the run would
    be ready and in no order at all.
    """
    lanes = sorted({(row["queue"], row["agent"], row["tenant"]) for row in rows})
    shares: list[Params] = [{"queue": queue, "agent": agent, "tenant": tenant} for queue, agent, tenant in lanes]
    for _ in range(_SHARE_TRIES):
        tx.each(Q.insert_share, shares)
        if len(tx.each(Q.hold_share, shares)) == len(shares):
            return
    message = f"The queue {shares[0]['queue']!r} stays contended; nothing was started. Try again."
    raise StratumError(message)


def _answer(tx: Tx, run: NewRun, created: dict[tuple[str, str], NewRun]) -> bool | BaseException:
    if created.get((run.tenant, run.id)) is run:
        return True
    row = tx.one(Q.run_row, tenant=run.tenant, run_id=run.id)
    agent, parent, input_hash = (row[2], row[14], row[16]) if row else ("", None, "")
    if agent == run.agent and input_hash == run.input_hash and parent == run.parent:
        return False
    why = f"agent {agent!r}" if agent != run.agent else "another input" if parent == run.parent else "another parent"
    message = f"The run id {run.id!r} is taken by a run of {why}. Use another id, or leave it out to get a fresh one."
    return RunIdTaken(message)


def _row(tx: Tx, run: NewRun) -> Params:
    waits = run.start_at is not None and run.start_at > tx.now
    return {
        "tenant": run.tenant, "id": run.id, "agent": run.agent, "version": run.version, "queue": run.queue,
        "priority": run.priority, "limit_key": run.limit_key, "status": Status.WAITING if waits else Status.READY,
        "wake_at": soonest(run.start_at, run.deadline) if waits else None, "deadline": run.deadline,
        "parent": run.parent, "root": run.root or run.id, "input_hash": run.input_hash, "created_at": tx.now,
    }  # fmt: skip
