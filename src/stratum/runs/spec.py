"""What a worker must know of an agent to execute its runs."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stratum.kernel.codec import Shape, Signature
from stratum.runs.execution import Execution


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSpec:
    """A named, versioned function that does work."""

    name: str
    version: str
    queue: str
    priority: int
    deadline: timedelta | None
    signature: Signature
    """The shape of its input."""
    result: Shape[Any]
    """The shape of its result."""
    perform: Callable[[Execution, dict[str, Any]], Coroutine[Any, Any, str]]
    """Calls the function for one execution with its typed input, and returns the result as JSON text."""
