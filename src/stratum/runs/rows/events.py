"""Writing and reading the journal's rows."""

from collections.abc import Iterable, Mapping, Sequence

from stratum.kernel.limits import INLINE_BYTES_MAX
from stratum.runs.records import Draft, Event
from stratum.runs.rows.queries import Q
from stratum.store import Params, Tx, digest_of, keep_bodies

EVENTS_PAGE = 5_000
"""The most events that one read returns."""


def insert_events(
    tx: Tx, drafts: Iterable[tuple[str, str, int, int, Draft]], *, at: Mapping[int, int] | None = None
) -> None:
    """Write each (tenant, run id, seq, epoch, draft), large bodies apart.

    The moment is the transaction's, or what ``at`` says of a seq: a journal that is carried here keeps its times.
    """
    rows: list[Params] = []
    large: list[tuple[str, str, str]] = []
    for tenant, run_id, seq, epoch, draft in drafts:
        digest = digest_of(draft.body, tx.secret, tenant)
        body: str | None = draft.body
        if len(draft.body) > INLINE_BYTES_MAX:
            large.append((tenant, digest, draft.body))
            body = None
        rows.append({
            "tenant": tenant, "run_id": run_id, "seq": seq, "epoch": epoch, "kind": draft.kind, "key": draft.key,
            "position": draft.position, "args_hash": draft.args_hash, "body": body, "digest": digest,
            "took": draft.took, "at": tx.now if at is None else at.get(seq, tx.now),
        })  # fmt: skip
    if large:
        keep_bodies(tx, large)
    tx.each(Q.insert_event, rows)


def read_events(tx: Tx, tenant: str, run_id: str, after: int = 0) -> list[Event]:
    """Return up to 5,000 events behind ``after``, in order. The body of an erased value is an empty text."""
    rows = tx.all(Q.events, tenant=tenant, run_id=run_id, after=after, most=EVENTS_PAGE)
    return [
        Event(seq, kind, key, position, args_hash, body or "", took, at)
        for seq, kind, key, position, args_hash, body, took, at in rows
    ]


def first_events(tx: Tx, runs: Sequence[tuple[str, str]], most: int) -> dict[tuple[str, str], list[Event]]:
    """Return the journals of (tenant, run id), up to ``most`` events of each."""
    asked = [{"tenant": tenant, "run_id": run_id, "most": most} for tenant, run_id in runs]
    found: dict[tuple[str, str], list[Event]] = {}
    for tenant, run_id, seq, kind, key, position, args_hash, body, took, at in tx.each(Q.first_events, asked):
        event = Event(seq, kind, key, position, args_hash, body or "", took, at)
        found.setdefault((tenant, run_id), []).append(event)
    return found


def last_event(tx: Tx, tenant: str, run_id: str) -> Event | None:
    """Return the newest event of a run."""
    row = tx.one(Q.last_event, tenant=tenant, run_id=run_id)
    return None if row is None else Event(*row)
