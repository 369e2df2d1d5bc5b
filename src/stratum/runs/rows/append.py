"""The one way to write a run's journal: a fenced, atomic append."""

from collections.abc import Iterable, Sequence

from stratum.runs.errors import Fenced
from stratum.runs.machine import rank
from stratum.runs.records import ENDED, Append, Draft, Release, Status
from stratum.runs.rows.events import insert_events
from stratum.runs.rows.inbox import tell
from stratum.runs.rows.limits import freed
from stratum.runs.rows.queries import Q
from stratum.runs.rows.start import READY_TOPIC, make_ready, start_each
from stratum.store import Params, Tx

ENDED_TOPIC = "ended"
_CHILD_PAGE = 500
_CHILD_PAGES_MAX = 1_000
UNREAD = -1
"""What an append gives instead of a head when the run may not sleep: it was told something that it has not read."""


def append_each(tx: Tx, appends: Sequence[Append]) -> list[int | BaseException]:
    """Add each append to its run, and return the new head, UNREAD, or Fenced.

    An append whose commit was acknowledged by nobody (the connection broke) may be asked again: if the journal
    already stands where it would have brought it, under the same fence, that was us.
    """
    moved = _move_heads(tx, appends)
    held: list[Append] = []
    answers: list[int | BaseException] = []
    for append in appends:
        fence = append.fence
        if (fence.tenant, fence.run_id) in moved:
            held.append(append)
            answers.append(append.head + len(append.events))
        else:
            answers.append(_refusal(tx, append))
    if held:
        _write(tx, held)
    return answers


def _move_heads(tx: Tx, appends: Sequence[Append]) -> set[tuple[str, str]]:
    rows: list[Params] = []
    quiet: list[Params] = []
    for append in appends:
        fence = append.fence
        row = {
            "tenant": fence.tenant, "run_id": fence.run_id, "epoch": fence.epoch, "worker": fence.worker,
            "head": append.head, "head_after": append.head + len(append.events),
        }  # fmt: skip
        if append.release is not None and append.release.status is Status.WAITING:
            quiet.append({**row, "inbox": append.inbox})
        else:
            rows.append(row)
    moved = tx.each(Q.move_head, rows) if rows else []
    if quiet:
        moved = moved + tx.each(Q.move_head_quietly, quiet)
    return {(tenant, run_id) for tenant, run_id in moved}


def _refusal(tx: Tx, append: Append) -> int | BaseException:
    fence = append.fence
    row = tx.one(Q.fence_of, tenant=fence.tenant, run_id=fence.run_id)
    if row is not None:
        epoch, worker, head, inbox, status = row
        ours = epoch == fence.epoch and worker in {fence.worker, None}
        after = append.head + len(append.events)
        settled = append.release is not None and status == append.release.status
        if ours and head == after and (settled or (append.release is None and append.events)):
            return after
        if ours and worker == fence.worker and head == append.head and inbox != append.inbox:
            return UNREAD
    message = f"Run {fence.run_id} was taken over: worker {fence.worker} no longer writes it."
    return Fenced(message)


def _write(tx: Tx, held: Sequence[Append]) -> None:
    insert_events(tx, _placed(held))
    taken = [
        {"tenant": append.fence.tenant, "run_id": append.fence.run_id, "seq": inbox_seq, "taken": event_seq}
        for append in held
        for inbox_seq, event_seq in append.taken
    ]
    tx.each(Q.take_inbox, taken)
    for answer in start_each(tx, [child for append in held for child in append.children]):
        if isinstance(answer, BaseException):
            raise answer
    releases = [(append, append.release) for append in held if append.release is not None]
    if releases:
        _release(tx, releases)


def _placed(held: Iterable[Append]) -> Iterable[tuple[str, str, int, int, Draft]]:
    for append in held:
        fence = append.fence
        for offset, draft in enumerate(append.events, start=1):
            yield fence.tenant, fence.run_id, append.head + offset, fence.epoch, draft


def _release(tx: Tx, releases: Sequence[tuple[Append, Release]]) -> None:
    released = tx.each(Q.release_run, [_released(tx, append, release) for append, release in releases])
    parents = {(tenant, run_id): parent for tenant, run_id, parent in released if parent is not None}
    left = tx.each(
        Q.delete_active,
        [
            {"worker": append.fence.worker, "tenant": append.fence.tenant, "run_id": append.fence.run_id}
            for append, _ in releases
        ],
    )
    make_ready(tx, freed(tx, left))
    for append, release in releases:
        tenant, run_id = append.fence.tenant, append.fence.run_id
        if release.wake_at is not None:
            tx.run(Q.insert_timer, due=release.wake_at, tenant=tenant, run_id=run_id)
            tx.wake(READY_TOPIC)
        if release.status is Status.READY:
            _requeue(tx, tenant, run_id)
        if release.status in ENDED:
            _end(tx, append, release, parents.get((tenant, run_id)))
            tx.wake(ENDED_TOPIC)


def _released(tx: Tx, append: Append, release: Release) -> Params:
    return {
        "tenant": append.fence.tenant, "run_id": append.fence.run_id, "status": release.status,
        "wake_at": release.wake_at, "ended_at": tx.now if release.status in ENDED else None, "reason": release.reason,
    }  # fmt: skip


def _requeue(tx: Tx, tenant: str, run_id: str) -> None:
    row = tx.one(Q.lock_run, tenant=tenant, run_id=run_id)
    if row is not None:
        _, agent, queue, priority, limit_key, _, _ = row
        make_ready(tx, [(queue, agent, tenant, run_id, limit_key, rank(ready_at=tx.now, priority=priority))])


def _end(tx: Tx, append: Append, release: Release, parent: str | None) -> None:
    """Tell the parent, if the run has one, how it ended; take its children down with it unless it is done."""
    if parent is not None:
        body = append.events[-1].body if append.events else ""
        tell(tx, append.fence.tenant, parent, kind="child", name=append.fence.run_id, body=f"{release.status}:{body}")
    if release.status is not Status.DONE:
        _cancel_children(tx, append.fence.tenant, append.fence.run_id)


def _cancel_children(tx: Tx, tenant: str, run_id: str) -> None:
    after = ""
    for _ in range(_CHILD_PAGES_MAX):
        rows = tx.all(Q.open_children, tenant=tenant, run_id=run_id, after=after, most=_CHILD_PAGE)
        for (child,) in rows:
            tell(tx, tenant, child, kind="cancel", name="", body=f'"Its parent run {run_id} has ended."')
        if len(rows) < _CHILD_PAGE:
            return
        after = rows[-1][0]
