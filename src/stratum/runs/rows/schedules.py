"""Schedules as rows: declared by apps, fired by whichever worker looks first."""

from collections.abc import Sequence
from dataclasses import dataclass

from stratum.runs.records import ENDED, NewRun, Status
from stratum.runs.rows.inbox import tell
from stratum.runs.rows.queries import Q
from stratum.runs.rows.start import READY_TOPIC, start_each
from stratum.runs.schedules import Timing, due, next_slot, run_id, start_at
from stratum.store import Row, Tx

SCHEDULES_AT_ONCE = 20
"""The most schedules fired by one transaction."""
GAPS_SHOWN = 20
_LOOK_AGAIN_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When to start which agent."""

    tenant: str
    id: str
    agent: str
    version: str
    queue: str
    priority: int
    input: str
    input_hash: str
    timing: Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """A schedule's state."""

    schedule: Schedule
    next_at: int
    last_run: str | None
    paused: bool
    gaps: tuple[tuple[int, int, int, str], ...]
    """The newest gaps: first slot, last slot, how many, why."""


def declare(tx: Tx, schedules: Sequence[Schedule]) -> None:
    """Enter schedules; one that has not changed keeps its place, a changed one is due at its next slot from now."""
    for schedule in sorted(schedules, key=lambda one: (one.tenant, one.id)):
        row = tx.one(Q.schedule, tenant=schedule.tenant, id=schedule.id)
        if row is not None and _schedule(row) == schedule:
            continue
        if row is not None:
            tx.run(Q.delete_tick, due=row[12], tenant=schedule.tenant, schedule_id=schedule.id)
        paused = bool(row and row[11])
        _write(tx, schedule, next_slot(schedule.timing, tx.now), row[10] if row else None, paused=paused)
    tx.wake(READY_TOPIC)


def fire_due(tx: Tx) -> None:
    """Start the runs of the slots that are due."""
    ticks = tx.all(Q.due_ticks, now=tx.now, most=SCHEDULES_AT_ONCE)
    if not ticks:
        return
    tx.admit({tenant for _, tenant, _ in ticks})
    for moment, tenant, schedule_id in ticks:
        tx.run(Q.delete_tick, due=moment, tenant=tenant, schedule_id=schedule_id)
        row = tx.one(Q.schedule, tenant=tenant, id=schedule_id)
        if row is not None and not row[11]:
            _fire(tx, _schedule(row), row[9], row[10])


def schedules(tx: Tx, tenant: str) -> list[ScheduleRow]:
    """Return a tenant's schedules, by id."""
    rows = tx.all(Q.schedules, tenant=tenant)
    return [
        ScheduleRow(
            schedule=_schedule(row),
            next_at=row[9],
            last_run=row[10],
            paused=bool(row[11]),
            gaps=tuple((g[0], g[1], g[2], g[3]) for g in _gaps(tx, tenant, row[1])),
        )
        for row in rows
    ]


def pause(tx: Tx, tenant: str, schedule_id: str, *, paused: bool) -> bool:
    """Stop or continue a schedule; False when there is none. One that continues catches up as declared."""
    row = tx.one(Q.schedule, tenant=tenant, id=schedule_id)
    if row is None:
        return False
    tx.run(Q.pause_schedule, tenant=tenant, id=schedule_id, paused=1 if paused else 0)
    if paused:
        tx.run(Q.delete_tick, due=row[12], tenant=tenant, schedule_id=schedule_id)
    else:
        tx.run(Q.insert_tick, due=row[12], tenant=tenant, schedule_id=schedule_id)
        tx.wake(READY_TOPIC)
    return True


def _fire(tx: Tx, schedule: Schedule, next_at: int, last_run: str | None) -> None:
    timing = schedule.timing
    decided = due(timing, next_at, tx.now)
    if decided.missed:
        _note_gap(tx, schedule, decided.missed, "missed, merged into the next" if decided.run else "missed, skipped")
    slots = decided.run
    one_at_a_time = timing.overlap == "skip" and timing.catch_up == "all"
    if slots and timing.overlap != "allow" and last_run is not None and _is_open(tx, schedule.tenant, last_run):
        if one_at_a_time:
            _write(tx, schedule, next_at, last_run, tick_at=tx.now + _LOOK_AGAIN_MS)
            return
        if timing.overlap == "cancel":
            tell(tx, schedule.tenant, last_run, kind="cancel", name="", body='"The next slot of its schedule is due."')
        else:
            _note_gap(tx, schedule, slots, "the run before had not ended")
            slots = ()
    if one_at_a_time and len(slots) > 1:
        decided, slots = decided._replace(next_at=slots[1]), slots[:1]
    started = _start(tx, schedule, slots)
    _write(tx, schedule, decided.next_at, started or last_run)


def _start(tx: Tx, schedule: Schedule, slots: Sequence[int]) -> str | None:
    """Start the runs of slots; return the last one's id. A slot whose id is taken is a gap, and stops nothing else."""
    last: str | None = None
    for slot in slots:
        run = _new_run(schedule, slot)
        (answer,) = start_each(tx, [run])
        if isinstance(answer, BaseException):
            _note_gap(tx, schedule, [slot], str(answer))
        else:
            last = run.id
    return last


def _is_open(tx: Tx, tenant: str, run: str) -> bool:
    row = tx.one(Q.run_row, tenant=tenant, run_id=run)
    return row is not None and Status(row[6]) not in ENDED


def _new_run(schedule: Schedule, slot: int) -> NewRun:
    return NewRun(
        tenant=schedule.tenant,
        id=run_id(schedule.id, slot),
        agent=schedule.agent,
        version=schedule.version,
        queue=schedule.queue,
        input=schedule.input,
        input_hash=schedule.input_hash,
        priority=schedule.priority,
        start_at=start_at(schedule.timing, schedule.id, slot),
    )


def _write(
    tx: Tx, schedule: Schedule, next_at: int, last_run: str | None, *, paused: bool = False, tick_at: int | None = None
) -> None:
    look_at = next_at if tick_at is None else tick_at
    tx.run(
        Q.put_schedule,
        tenant=schedule.tenant,
        id=schedule.id,
        agent=schedule.agent,
        version=schedule.version,
        queue=schedule.queue,
        priority=schedule.priority,
        input=schedule.input,
        input_hash=schedule.input_hash,
        timing=schedule.timing.model_dump_json(),
        next_at=next_at,
        last_run=last_run,
        paused=1 if paused else 0,
        tick_at=look_at,
    )
    if not paused:
        tx.run(Q.insert_tick, due=look_at, tenant=schedule.tenant, schedule_id=schedule.id)


def _note_gap(tx: Tx, schedule: Schedule, slots: Sequence[int], why: str) -> None:
    tx.run(
        Q.insert_gap,
        tenant=schedule.tenant,
        schedule_id=schedule.id,
        first_slot=slots[0],
        last_slot=slots[-1],
        slots=len(slots),
        why=why,
    )


def _gaps(tx: Tx, tenant: str, schedule_id: str) -> list[Row]:
    return tx.all(Q.gaps, tenant=tenant, schedule_id=schedule_id, most=GAPS_SHOWN)


def _schedule(row: Row) -> Schedule:
    tenant, schedule_id, agent, version, queue, priority, text, input_hash, timing, *_ = row
    return Schedule(
        tenant=tenant,
        id=schedule_id,
        agent=agent,
        version=version,
        queue=queue,
        priority=priority,
        input=text,
        input_hash=input_hash,
        timing=Timing.model_validate_json(timing),
    )
