"""The tasks of one run: the agent's own and one for each open branch, each with the scope of its calls."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from stratum.runs.errors import Misused


@dataclass(eq=False, slots=True)
class Scope:
    """A sequence of calls made by one task: the agent itself, or one branch."""

    path: str
    position: int = 0
    names: Counter[str] = field(default_factory=Counter[str])


class Tasks:
    """Knows which task may use the run's handle, and cancels them."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._scopes: dict[asyncio.Task[Any], Scope] = {}
        self._in_step: dict[asyncio.Task[Any], str] = {}
        self._cancelled: set[asyncio.Task[Any]] = set()
        self.closed = False
        """Whether the run is no longer executed here."""

    def start(self, body: Coroutine[Any, Any, Any], path: str) -> "asyncio.Task[Any]":
        """Start a task with a scope of its own."""
        name = f"{self._run_id}/{path}" if path else self._run_id
        task = asyncio.get_running_loop().create_task(body, name=name)
        self._scopes[task] = Scope(path)
        return task

    def forget(self, task: "asyncio.Task[Any]") -> str:
        """Forget a task that has ended, and return the path of its scope."""
        self._cancelled.discard(task)
        return self._scopes.pop(task).path

    def scope(self) -> Scope:
        """Return the scope of the task that calls.

        Raises:
            Misused: the task is not one of the run's, carries out a step, or the run is no longer executed here.
        """
        task = _current()
        scope = self._scopes.get(task) if task is not None else None
        if scope is None or self.closed or task in self._in_step:
            raise Misused(self._misuse(task))
        return scope

    def step(self) -> str | None:
        """Return the key of the step that the current task carries out."""
        task = _current()
        return None if task is None else self._in_step.get(task)

    @contextmanager
    def inside_step(self, key: str) -> Generator[None]:
        """Refuse the handle to the current task meanwhile: a step that is recorded makes no calls when replayed."""
        task = self._ours()
        self._in_step[task] = key
        try:
            yield
        finally:
            del self._in_step[task]

    @contextmanager
    def inner_scope(self, path: str) -> Generator[None]:
        """Put the calls that the current task makes meanwhile into a scope of their own."""
        outer = self.scope()
        task = self._ours()
        self._scopes[task] = Scope(path)
        try:
            yield
        finally:
            self._scopes[task] = outer

    def cancel_below(self, path: str) -> None:
        """Cancel all tasks whose path begins with ``path`` at once, the ones inside branches too.

        At once, so that none of them comes further than it would on a replay.
        """
        for task, scope in self._scopes.items():
            if scope.path.startswith(path) and task not in self._cancelled:
                # Once only: a second time would cut short what it does to clean up.
                self._cancelled.add(task)
                task.cancel()

    def nudge(self) -> None:
        """Cancel all tasks, also those that were cancelled before."""
        for task in self._scopes:
            task.cancel()

    def _ours(self) -> "asyncio.Task[Any]":
        task = _current()
        if task is None or task not in self._scopes:
            raise Misused(self._misuse(task))
        return task

    def _misuse(self, task: "asyncio.Task[Any] | None") -> str:
        if self.closed:
            return f"Run {self._run_id} is no longer executed here: its handle does nothing any more."
        if task in self._in_step:
            return (
                f"Step {self._in_step[task]!r} of run {self._run_id} uses the run's handle. A step is one call that is "
                "recorded as a whole: make the other calls before or after it, or in a branch of run.gather or run.map."
            )
        ours = ", ".join(sorted(known.get_name() for known in self._scopes))
        name = task.get_name() if task else "no task at all"
        return (
            f"The handle of run {self._run_id} was used from task {name!r}; its own are: {ours}. "
            "Use run.gather, run.map or run.scope for parallel branches, not asyncio.create_task."
        )


def _current() -> "asyncio.Task[Any] | None":
    try:
        return asyncio.current_task()
    except RuntimeError:
        # A sync step runs on a thread that has no event loop.
        return None
