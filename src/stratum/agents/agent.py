"""An agent: a named, versioned function that does work."""

import inspect
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from stratum.agents.run import Run
from stratum.agents.starting import AgentOptions, check_name
from stratum.kernel.codec import Shape, Signature, encode, shape_of_result
from stratum.kernel.errors import InvalidInput
from stratum.runs import PRIORITY_MAX, AgentSpec, Execution
from stratum.store import Store

P = ParamSpec("P")
R = TypeVar("R")


class Agent(Generic[P, R]):
    """A registered function. Calling it directly runs it as plain Python, which is good for unit tests."""

    def __init__(self, function: Callable[Concatenate[Run, P], Awaitable[R]], options: AgentOptions) -> None:
        if not inspect.iscoroutinefunction(function):
            message = (
                f"The agent {getattr(function, '__name__', function)!r} must be an `async def` that takes a Run first."
            )
            raise InvalidInput(message)
        self.function = function
        self.name = options.name or function.__name__
        self.options = options
        _check(self.name, options)
        parameters = list(inspect.signature(function).parameters)
        if not parameters:
            message = f"The agent {self.name!r} takes no argument: its first one is the Run."
            raise InvalidInput(message)
        self.signature = Signature(function, skip=1)
        self.result: Shape[R] = shape_of_result(function)

    def __call__(self, run: Run, *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        """Call the function as it is."""
        return self.function(run, *args, **kwargs)

    def spec(self, store: Store) -> AgentSpec:
        """Return what workers need to execute it."""

        async def perform(execution: Execution, arguments: dict[str, Any]) -> str:
            return encode(await self.function(Run(execution, store), **arguments))  # type: ignore[call-arg]  # decoded by the signature

        return AgentSpec(
            name=self.name,
            version=self.options.version,
            queue=self.options.queue,
            priority=self.options.priority,
            deadline=self.options.deadline,
            signature=self.signature,
            result=self.result,
            perform=perform,
        )


def _check(name: str, options: AgentOptions) -> None:
    for what, text in (("name of an agent", name), ("version", options.version), ("queue", options.queue)):
        check_name(what, text)
    if not -PRIORITY_MAX <= options.priority <= PRIORITY_MAX:
        message = f"priority={options.priority} of agent {name!r} must be from {-PRIORITY_MAX} to {PRIORITY_MAX}."
        raise InvalidInput(message)
    if options.deadline is not None and options.deadline <= timedelta(0):
        message = f"deadline={options.deadline} of agent {name!r} must be more than zero."
        raise InvalidInput(message)
