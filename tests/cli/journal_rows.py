"""A run and events for the tests of what is shown of them."""

from stratum import Event, RunRow, Status
from stratum.kernel.codec import encode

NOW = 1_800_000_000_000
ROW = RunRow(
    tenant="default", id="run_1", agent="greet", version="1", queue="default", priority=0, status=Status.READY,
    epoch=1, head=1, inbox=0, losses=0, worker="worker_1", wake_at=None, deadline=None, parent=None, root="run_1",
    input_hash="", created_at=NOW - 5_000, ended_at=None, reason=None,
)  # fmt: skip


def event(kind: str, key: str = "step", body: object = None, *, took: int = 5, at: int = NOW) -> Event:
    """Return an event of a journal."""
    return Event(2, kind, key, 1, "", encode(body), took, at)
