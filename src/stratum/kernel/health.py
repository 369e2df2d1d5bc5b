"""What a capability can say about its own health: checks as data, which ``stratum doctor`` walks.

A check looks for what should not be there. Where there may be much to look at it does so in parts, each a short
transaction of its own: :class:`Look` tells how far it came.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but somebody should look."""
    ERROR = "error"
    """Something does not work, or will not."""


class Look(NamedTuple):
    """What one look found."""

    wrong: tuple[str, ...]
    """What should not be there, each as an id or a few words."""
    seen: int = 0
    """How many things were looked at."""
    after: Any = None
    """Where the next look begins; None when everything was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that should hold."""

    name: str
    look: Callable[[Any, Any], Look]
    """Called as ``look(tx, after)``, in a transaction that only reads; ``after`` is None at first."""
    fine: str
    """Said when it holds; ``{seen}`` is how much was looked at."""
    wrong: str
    """Said when it does not; ``{count}`` is how often, ``{which}`` names the first few."""
    advice: str
    """What to do about it."""
    level: Level = Level.ERROR
    """How bad it is when it does not hold."""
