"""Randomness, injected. Nothing outside this module draws a random number."""

import random
from typing import Protocol


class Chance(Protocol):
    """Where random bits and fractions come from."""

    def bits(self, count: int) -> int:
        """Return a whole number of ``count`` random bits."""
        ...

    def fraction(self) -> float:
        """Return a number in [0, 1)."""
        ...


class SystemChance:
    """The operating system's generator for ids and keys, which nobody can predict."""

    def __init__(self) -> None:
        self._source = random.SystemRandom()

    def bits(self, count: int) -> int:
        """Return a whole number of ``count`` random bits."""
        return self._source.getrandbits(count)

    def fraction(self) -> float:
        """Return a number in [0, 1)."""
        return self._source.random()


class SeededChance:
    """A repeatable generator: the same seed gives the same draws in the same order."""

    def __init__(self, seed: int | str) -> None:
        self._source = random.Random(seed)  # noqa: S311 - repeatable on purpose: it replays, it guards nothing

    def bits(self, count: int) -> int:
        """Return a whole number of ``count`` pseudo-random bits."""
        return self._source.getrandbits(count)

    def fraction(self) -> float:
        """Return a number in [0, 1)."""
        return self._source.random()
