"""Randomness that a test writes down."""

from collections.abc import Iterable

from stratum.kernel.chance import Chance, SeededChance


class ScriptedChance(Chance):
    """Gives the fractions of a script in turn, its last one for ever; bits come from a seed."""

    def __init__(self, fractions: Iterable[float], *, seed: int = 0) -> None:
        self._fractions = list(fractions)
        self._seeded = SeededChance(seed)
        self.drawn = 0
        """How many fractions were asked for."""

    def bits(self, count: int) -> int:
        """Return a whole number of ``count`` pseudo-random bits."""
        return self._seeded.bits(count)

    def fraction(self) -> float:
        """Return the script's next number."""
        number = self._fractions[min(self.drawn, len(self._fractions) - 1)]
        self.drawn += 1
        return number
