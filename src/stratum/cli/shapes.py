"""What ``--json`` prints: runs and events as objects whose names and meanings stay."""

from typing import Any

from stratum import Event, RunRow
from stratum.cli.words import iso
from stratum.kernel.codec import decode


def run_shape(row: RunRow) -> dict[str, Any]:
    """Return a run for programs; times are ISO 8601 in UTC."""
    return {
        "id": row.id,
        "tenant": row.tenant,
        "agent": row.agent,
        "version": row.version,
        "queue": row.queue,
        "priority": row.priority,
        "status": row.status,
        "reason": row.reason,
        "events": row.head,
        "created_at": iso(row.created_at),
        "ended_at": iso(row.ended_at),
        "wake_at": iso(row.wake_at),
        "deadline": iso(row.deadline),
        "worker": row.worker,
        "workers_lost": row.losses,
        "parent": row.parent,
        "root": row.root,
    }


def event_shape(event: Event) -> dict[str, Any]:
    """Return one event of a journal for programs; an erased body is null, with ``erased`` true."""
    return {
        "seq": event.seq,
        "kind": event.kind,
        "key": event.key,
        "at": iso(event.at),
        "took_ms": event.took,
        "body": decode(event.body) if event.body else None,
        "erased": not event.body,
    }
