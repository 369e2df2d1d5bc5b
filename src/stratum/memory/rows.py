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


def known_to_others(tx: Tx, works: Works) -> set[str]:
    """Return those keys that are done, or claimed by another run."""
    rows = tx.each(Q.work, [{"tenant": works.tenant, "kind": works.kind, "work_key": key} for key in works.keys])
    return {key for key, run_id, state in rows if state == "done" or run_id != works.run_id}


def claim(tx: Tx, items: Sequence[Works]) -> None:
    """Claim pieces of work for their runs.

    Raises:
        WorkTaken: another run has claimed or done one meanwhile.
    """
    for works in sorted(items):
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
        {"tenant": works.tenant, "kind": works.kind, "work_key": key, "run_id": works.run_id, "at": tx.now}
        for works in sorted(items)
        for key in sorted(works.keys)
    ]
    tx.each(Q.finish_work, rows)


def settle(tx: Tx, tenant: str, run_id: str, *, done: bool) -> None:
    """Settle what an ended run had claimed: done with it, or free again."""
    if done:
        tx.run(Q.finish_run, tenant=tenant, run_id=run_id, at=tx.now)
    else:
        tx.run(Q.release_run, tenant=tenant, run_id=run_id)
