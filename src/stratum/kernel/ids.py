"""Time-ordered ids: a kind, an underscore, and a UUIDv7 in 26 letters of base 32.

The form is that of TypeID 0.3 (https://github.com/jetify-com/typeid, spec 0.3.0) over UUID version 7
(RFC 9562, section 5.7): 48 bits of milliseconds, then a 12-bit counter, then 62 random bits. Ids made later sort
later, so both databases insert at the right edge of their trees.
"""

from threading import Lock

from stratum.kernel.chance import Chance
from stratum.kernel.clock import Clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_COUNTER_LIMIT = 1 << 12
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


class Ids:
    """Makes ids. Safe for use from several threads; ids of one maker never go back in order."""

    def __init__(self, clock: Clock, chance: Chance) -> None:
        self._clock = clock
        self._chance = chance
        self._lock = Lock()
        self._last_ms = 0
        self._counter = 0

    def new(self, kind: str) -> str:
        """Return a fresh id such as ``run_01jd…`` for the kind ``run``."""
        with self._lock:
            now = self._clock.now()
            if now > self._last_ms:
                self._last_ms, self._counter = now, self._chance.bits(10)
            else:
                self._counter += 1
                if self._counter == _COUNTER_LIMIT:
                    self._last_ms, self._counter = self._last_ms + 1, 0
            number = (self._last_ms << 80) | _VERSION | (self._counter << 64) | _VARIANT | self._chance.bits(62)
        return f"{kind}_{base32(number)}"


def base32(number: int) -> str:
    """Return 128 bits as 26 letters of Crockford's base 32, in which text order is number order."""
    letters = [_PAIRS[(number >> shift) & 0x3FF] for shift in range(120, -1, -10)]
    return "".join(letters)
