"""A child run, as its parent sees it."""

from typing import Any, Generic, TypeVar

from stratum.kernel.codec import Shape
from stratum.kernel.errors import InvalidInput
from stratum.runs import Execution, StepCall, child_result

R = TypeVar("R")


class Child(Generic[R]):
    """A run that another run started."""

    def __init__(self, execution: Execution, name: str, child_id: str, shape: Shape[Any], *, detached: bool) -> None:
        self.id = child_id
        self._execution = execution
        self._name = name
        self._shape = shape
        self._detached = detached

    def result(self) -> StepCall[R]:
        """Wait durably until the child has ended, and return its result.

        Raises (when awaited):
            ChildError: the child failed or was cancelled.
        """
        if self._detached:
            message = f"The child {self.id} was detached, so its end is not told to this run. Start it without detach."
            raise InvalidInput(message)
        return child_result(self._execution, self._name, self.id, self._shape)
