"""What should hold for runs at any moment, as checks: dense journals, and lists that agree with the runs' states."""

import json
from collections.abc import Callable

from stratum.kernel.health import Check, Level, Look
from stratum.runs.machine import is_dead
from stratum.runs.rows.lease import WorkerRow, workers
from stratum.runs.rows.queries import Q
from stratum.store import Query, Tx

WRONG_MAX = 1_000
"""The most faults that one look names."""
JOURNALS_AT_ONCE = 1_000
"""The most journals that one transaction looks at."""


def count_runs(tx: Tx) -> int:
    """Return how many runs there are to look at."""
    _see_all(tx)
    row = tx.one(Q.run_count)
    return int(row[0]) if row else 0


def live_workers(tx: Tx) -> list[WorkerRow]:
    """Return the workers that have given a sign of life within their lease."""
    return [row for row in workers(tx) if not _is_dead(row, tx.now)]


def takes(worker: WorkerRow, queue: str, agent: str) -> bool:
    """Return whether a worker takes the runs of an agent in a queue."""
    return [queue, agent] in json.loads(worker.agents)


def _journals(tx: Tx, after: tuple[str, str] | None) -> Look:
    _see_all(tx)
    tenant, run_id = after or ("", "")
    rows = tx.all(Q.journal_page, tenant=tenant, id=run_id, most=JOURNALS_AT_ONCE)
    wrong = tuple(
        f"{run_id} (its state says {head} events, the last has number {last}, and {count} are there)"
        for _, run_id, head, count, last in rows
        if not head == count == last
    )
    return Look(wrong, len(rows), rows[-1][:2] if len(rows) == JOURNALS_AT_ONCE else None)


def _workers(tx: Tx, _: object) -> Look:
    rows = workers(tx)
    dead = [row for row in rows if _is_dead(row, tx.now)]
    wrong = tuple(f"{row.id} (process {row.pid}, last seen {(tx.now - row.seen_at) // 1000} s ago)" for row in dead)
    return Look(wrong, len(rows) - len(dead))


def _untaken(tx: Tx, _: object) -> Look:
    alive = live_workers(tx)
    lanes = tx.all(Q.lanes_ready, most=WRONG_MAX)
    wrong = [f"{agent} (queue {queue})" for queue, agent in lanes if not any(takes(row, queue, agent) for row in alive)]
    return Look(tuple(wrong), len(lanes))


def _unshared(tx: Tx, _: object) -> Look:
    rows = tx.all(Q.ready_unshared, most=WRONG_MAX)
    return Look(tuple(f"{agent} of tenant {tenant} (queue {queue})" for queue, agent, tenant in rows))


def _none(query: Query) -> Callable[[Tx, object], Look]:
    """Return a look for runs that ``query`` should not find."""

    def look(tx: Tx, _: object) -> Look:
        _see_all(tx)
        return Look(tuple(run_id for _, run_id in tx.all(query, most=WRONG_MAX)))

    return look


def _see_all(tx: Tx) -> None:
    """Let the transaction see every tenant whose runs are not over, so that no run seems to be missing."""
    tx.admit(tenant for (tenant,) in tx.all(Q.working_tenants))


def _is_dead(row: WorkerRow, now: int) -> bool:
    return is_dead(seen_at=row.seen_at, lease_ms=row.lease_ms, now=now)


_REPORT = "This should never happen: please report it, with what `stratum doctor --json` prints."

CHECKS = (
    Check(
        name="workers",
        look=_workers,
        fine="{seen} alive.",
        wrong="Gone without signing off ({count}): {which}.",
        advice="Any worker takes over their runs within seconds. If none is alive, start one: stratum up APP.",
        level=Level.WARNING,
    ),
    Check(
        name="ready runs",
        look=_untaken,
        fine="Every agent with ready runs has a worker that takes them.",
        wrong="Ready runs wait, and no living worker takes them: {which}.",
        advice="Start a worker that has the agent: stratum up APP.",
        level=Level.WARNING,
    ),
    Check(
        name="journals",
        look=_journals,
        fine="{seen} looked at, none has a gap.",
        wrong="With a gap ({count}): {which}.",
        advice=f"Do not go on with these runs; restore them from a backup. {_REPORT}",
    ),
    Check(
        name="lists",
        look=_none(Q.run_unlisted),
        fine="Every run stands in the order of age.",
        wrong="Runs that `stratum runs` does not list ({count}): {which}.",
        advice=f"`stratum show` still finds them. {_REPORT}",
    ),
    Check(
        name="queues",
        look=_none(Q.ready_unlisted),
        fine="Every ready run stands in its queue.",
        wrong="Ready runs that stand in no queue, so that no worker finds them ({count}): {which}.",
        advice=_REPORT,
    ),
    Check(
        name="fair order",
        look=_unshared,
        fine="Every tenant with ready runs gets its turn.",
        wrong="Ready runs that never get their turn ({count}): {which}.",
        advice=f"Starting one more run of the same agent mends it. {_REPORT}",
    ),
    Check(
        name="running runs",
        look=_none(Q.running_unheld),
        fine="Every running run is held by a known worker.",
        wrong="Runs that count as running, and that no known worker holds ({count}): {which}.",
        advice=_REPORT,
    ),
    Check(
        name="held runs",
        look=_none(Q.held_idle),
        fine="Whatever a worker holds is running.",
        wrong="Runs that count against their queue's limits without running ({count}): {which}.",
        advice=_REPORT,
    ),
    Check(
        name="waiting runs",
        look=_none(Q.waiting_unset),
        fine="Every run that waits for a time has its timer.",
        wrong="Runs that wait for a time that will not come ({count}): {which}.",
        advice=f"A signal wakes such a run: stratum signal RUN NAME. {_REPORT}",
    ),
    Check(
        name="timers",
        look=_none(Q.timer_idle),
        fine="Every timer has a run that waits for it.",
        wrong="Timers left over from runs that no longer wait for them ({count}): {which}.",
        advice="They do no harm, and go away when their time comes.",
        level=Level.WARNING,
    ),
    Check(
        name="schedules",
        look=_none(Q.schedule_unset),
        fine="Every schedule that is not paused is due some time.",
        wrong="Schedules that are never due ({count}): {which}.",
        advice=f"Pausing and continuing such a schedule mends it. {_REPORT}",
    ),
)
"""What ``stratum doctor`` asks of runs."""
