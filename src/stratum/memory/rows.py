"""The transactions of memory; the only callers of its SQL."""

from collections.abc import Sequence
from typing import NamedTuple

from stratum.memory.errors import WorkTaken
from stratum.store import Tx, load_queries

Q = load_queries("stratum.memory")


class Works(NamedTuple):
    """Pieces of work of one kind, handled by one run."""

    tenant: str
    run_id: str
    kind: str
    keys: tuple[str, ...]
    detail: str | None = None
    """What the doer wants to find again, as JSON."""


class Known(NamedTuple):
    """What is known of one piece of work."""

    work_key: str
    run_id: str
    state: str
    detail: str | None


def look_up(tx: Tx, tenant: str, kind: str, keys: Sequence[str]) -> list[Known]:
    """Return what is known of pieces of work, claimed or done."""
    return [Known(*row) for row in tx.each(Q.work, [{"tenant": tenant, "kind": kind, "work_key": key} for key in keys])]


def known_to_others(tx: Tx, works: Works) -> set[str]:
    """Return those keys that are done, or claimed by another run."""
    found = look_up(tx, works.tenant, works.kind, works.keys)
    return {work.work_key for work in found if work.state == "done" or work.run_id != works.run_id}


def claim(tx: Tx, items: Sequence[Works]) -> None:
    """Claim pieces of work for their runs.

    Raises:
        WorkTaken: another run has claimed or done one meanwhile.
    """
    for works in sorted(items, key=_order):
        rows = [
            {"tenant": works.tenant, "kind": works.kind, "work_key": key, "run_id": works.run_id, "at": tx.now}
            for key in sorted(works.keys)
        ]
        tx.each(Q.claim_work, rows)
        taken = known_to_others(tx, works)
        if taken:
            message = f"{works.kind} {min(taken)!r} was taken by another run meanwhile."
            raise WorkTaken(message)


def finish(tx: Tx, items: Sequence[Works]) -> None:
    """Note that pieces of work are done."""
    rows = [
        {
            "tenant": works.tenant,
            "kind": works.kind,
            "work_key": key,
            "run_id": works.run_id,
            "detail": works.detail,
            "at": tx.now,
        }
        for works in sorted(items, key=_order)
        for key in sorted(works.keys)
    ]
    tx.each(Q.finish_work, rows)


def settle(tx: Tx, done: Sequence[tuple[str, str]], stopped: Sequence[tuple[str, str]]) -> None:
    """Settle what ended runs, as (tenant, run id), had claimed: done with those that are done, free with the others."""
    rows = [{"tenant": tenant, "run_id": run_id, "at": tx.now} for tenant, run_id in sorted(done)]
    tx.each(Q.finish_run, rows)
    tx.each(Q.release_run, [{"tenant": tenant, "run_id": run_id} for tenant, run_id in sorted(stopped)])


def _order(works: Works) -> tuple[str, str, str, tuple[str, ...]]:
    return works.tenant, works.kind, works.run_id, works.keys
