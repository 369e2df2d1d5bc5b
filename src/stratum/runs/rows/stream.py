"""What runs stream out, piece by piece: written lazily, in order, by the worker that holds the run."""

from collections.abc import Sequence
from typing import NamedTuple

from stratum.runs.errors import Fenced
from stratum.runs.records import Fence
from stratum.runs.rows.queries import Q
from stratum.store import Params, Tx

STREAM_TOPIC = "stream"
PIECES_PAGE = 1_000
"""The most pieces that one read returns."""


class Piece(NamedTuple):
    """One piece of a stream."""

    seq: int
    step: str
    """The key of the step that streams."""
    attempt: str
    """Which try of that step; a later try replaces what an earlier one streamed."""
    body: str


class Emission(NamedTuple):
    """Pieces of one run, to be written."""

    fence: Fence
    pieces: tuple[tuple[str, str, str], ...]
    """Each as (step, attempt, JSON text)."""


def emit_each(tx: Tx, emissions: Sequence[Emission]) -> list[int | BaseException]:
    """Write pieces behind those that their runs have; give how many, or Fenced."""
    rows: list[Params] = []
    answers: list[int | BaseException] = []
    for fence, pieces in emissions:
        held = tx.one(Q.fence_of, tenant=fence.tenant, run_id=fence.run_id)
        if held is None or (held[0], held[1]) != (fence.epoch, fence.worker):
            answers.append(Fenced(f"Run {fence.run_id} was taken over: worker {fence.worker} no longer streams it."))
            continue
        last = tx.one(Q.last_piece, tenant=fence.tenant, run_id=fence.run_id)
        first = (last[0] if last else 0) + 1
        rows += [
            {"tenant": fence.tenant, "run_id": fence.run_id, "seq": seq, "step": step, "attempt": attempt, "body": body}
            for seq, (step, attempt, body) in enumerate(pieces, start=first)
        ]
        answers.append(len(pieces))
        tx.wake(f"{STREAM_TOPIC}:{fence.run_id}")
    tx.each(Q.insert_piece, rows)
    return answers


def read_pieces(tx: Tx, tenant: str, run_id: str, after: int) -> list[Piece]:
    """Return up to 1,000 pieces behind ``after``, in order."""
    rows = tx.all(Q.pieces, tenant=tenant, run_id=run_id, after=after, most=PIECES_PAGE)
    return [Piece(*row) for row in rows]
