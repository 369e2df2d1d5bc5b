"""Streaming out of a step: buffered for a moment, and never overtaken by an event of the journal."""

import asyncio
from collections import Counter
from collections.abc import Callable

from stratum.kernel.codec import encode
from stratum.kernel.errors import InvalidInput, Unavailable
from stratum.runs.records import Fence
from stratum.runs.rows.stream import Emission

FLUSH_SECONDS = 0.05
PIECES_MAX = 10_000
"""The most pieces that wait to be written; further ones are refused."""
PIECE_CHARS_MAX = 64 * 1024

Emit = Callable[[Emission, Callable[[object, BaseException | None], None]], None]


class Stream:
    """What one execution streams out."""

    def __init__(self, fence: Fence, emit: Emit) -> None:
        self._fence = fence
        self._emit = emit
        self._tries: Counter[str] = Counter()
        self._waiting: list[tuple[str, str, str]] = []
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, step: str) -> None:
        """A try of a step begins: what it streams replaces what an earlier try did."""
        self._tries[step] += 1

    def put(self, step: str, value: object) -> None:
        """Stream one piece.

        Raises:
            InvalidInput: it is not JSON, larger than 64 KiB, or 10,000 pieces wait to be written.
        """
        body = encode(value)
        if len(body) > PIECE_CHARS_MAX or len(self._waiting) >= PIECES_MAX:
            message = (
                f"A piece of {len(body):,} characters cannot be streamed behind {len(self._waiting):,} others: "
                f"the most are {PIECE_CHARS_MAX:,} characters and {PIECES_MAX:,} pieces that wait."
            )
            raise InvalidInput(message)
        self._waiting.append((step, f"{self._fence.epoch}.{self._tries[step]}", body))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Send what waits; called before each append, so that no event overtakes what was streamed before it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            pieces, self._waiting = tuple(self._waiting), []
            self._emit(Emission(self._fence, pieces), lambda _, error: self._answered(pieces, error))

    def _answered(self, pieces: tuple[tuple[str, str, str], ...], error: BaseException | None) -> None:
        if isinstance(error, Unavailable):
            self._waiting = [*pieces, *self._waiting]
        if self._waiting and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
