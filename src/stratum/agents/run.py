"""The handle that an agent's function is given: everything durable goes through it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar, TypeVarTuple, overload

from stratum.agents.child import Child
from stratum.agents.memory import Done, RunMemory, finishing
from stratum.agents.starting import Startable, StartOptions, new_run
from stratum.kernel.codec import shape_of
from stratum.kernel.errors import InvalidInput
from stratum.kernel.ids import base32
from stratum.kernel.limits import NAME_CHARS_MAX
from stratum.runs import (
    Branch,
    ChildOptions,
    Execution,
    Misused,
    Retry,
    StepCall,
    StepError,
    StepOptions,
    changed,
    first,
    gather,
    sleep,
    start_child,
    step,
    value,
    wait,
)
from stratum.runs.branches import BRANCHES_MAX
from stratum.store import Store

T = TypeVar("T")
R = TypeVar("R")
Item = TypeVar("Item")
Args = TypeVarTuple("Args")

DEFAULT_RETRY = Retry()


class Run:
    """One durable execution, as its agent sees it.

    Methods are plain calls that return awaitables, so the identity of a call is fixed when it is made. What a call
    returned is recorded; after a crash the function runs again from the top, and recorded calls return at once.
    """

    def __init__(self, execution: Execution, store: Store) -> None:
        self._execution = execution
        self.memory = RunMemory(execution, store)
        """What this run remembers."""

    @property
    def run_id(self) -> str:
        """This run's id."""
        return self._execution.run.fence.run_id

    @property
    def tenant(self) -> str:
        """The tenant that this run belongs to."""
        return self._execution.run.fence.tenant

    @overload
    def step(
        self,
        name: str,
        function: Callable[[*Args], Awaitable[T]],
        *args: *Args,
        retry: Retry = DEFAULT_RETRY,
        timeout: timedelta | None = None,
        done: Done | Sequence[Done] = (),
    ) -> StepCall[T]: ...

    @overload
    def step(
        self,
        name: str,
        function: Callable[[*Args], T],
        *args: *Args,
        retry: Retry = DEFAULT_RETRY,
        timeout: timedelta | None = None,
        done: Done | Sequence[Done] = (),
    ) -> StepCall[T]: ...

    def step(  # type: ignore[misc]  # mypy does not see that *args: Any takes what the variadic overloads do
        self,
        name: str,
        function: Callable[..., Any],
        *args: Any,
        retry: Retry = DEFAULT_RETRY,
        timeout: timedelta | None = None,
        done: Done | Sequence[Done] = (),
    ) -> StepCall[Any]:
        """Call ``function(*args)`` once, durably: its result is recorded, and returned again after a crash.

        ``function`` may be async or sync (then it runs on a thread). Arguments and result are JSON or pydantic values.
        A failed try is retried as ``retry`` says, each at most ``timeout``. ``done=Done("paper", key)`` notes work as
        done in the same commit.

        Raises (when awaited):
            StepError: the step failed for good; it carries the class of the failure and its cause.
        """
        if timeout is not None and timeout <= timedelta(0):
            message = f"timeout={timeout} of step {name!r} must be more than zero."
            raise InvalidInput(message)
        options = StepOptions(retry=retry, timeout=timeout, parts=finishing(self._execution, done))
        return step(self._execution, name, function, args, options)

    def sleep(self, duration: timedelta) -> StepCall[None]:
        """Wait for ``duration``, also over restarts; a long sleep holds no worker."""
        return sleep(self._execution, duration)

    @overload
    def wait(self, name: str, kind: type[T], *, within: timedelta | None = None) -> StepCall[T]: ...

    @overload
    def wait(self, name: str, *, within: timedelta | None = None) -> StepCall[Any]: ...

    def wait(self, name: str, kind: Any = Any, *, within: timedelta | None = None) -> StepCall[Any]:
        """Wait for a signal called ``name`` and return its value, checked against ``kind``.

        Raises (when awaited):
            WaitExpired: nobody signalled ``within`` that time.
        """
        return wait(self._execution, name, shape_of(kind), within)

    async def start(
        self,
        agent: Startable[R],
        *,
        id: str | None = None,
        detach: bool = False,
        priority: int | None = None,
        at: datetime | None = None,
        deadline: timedelta | None = None,
        key: str = "",
        **arguments: Any,
    ) -> Child[R]:
        """Start a child run, in the same commit as the event that records it, and return it.

        Its end is told to this run (``await child.result()``), and unless this run is done it is cancelled with it.
        With ``detach`` neither holds.

        Raises:
            StepError: the id belongs to another run.
            InvalidInput: an argument does not fit; the message has its path.
        """
        options = StartOptions(priority=priority, at=at, deadline=deadline, key=key)
        now = self._execution.around.clock.now()
        run = new_run(agent, arguments, options, tenant=self.tenant, run_id=id or "", now=now)
        child_id = await start_child(self._execution, agent.name, run, ChildOptions(id=id, detach=detach))
        return Child(self._execution, agent.name, child_id, agent.result, detached=detach)

    async def gather(self, *branches: Awaitable[Any]) -> list[Any]:
        """Await several calls, or coroutines that make calls, side by side; results come in order.

        The first error stops the others and is raised.
        """
        call = self._execution.enter("gather")
        return await gather(
            self._execution,
            [Branch(f"{call.key}[{number}]/", _awaiting(branch)) for number, branch in enumerate(branches)],
            limit=max(1, len(branches)),
            collect=False,
        )

    @overload
    async def map(
        self,
        function: Callable[["Run", Item], Awaitable[T]],
        items: Sequence[Item],
        *,
        key: Callable[[Item], str] | None = None,
        limit: int = 16,
        on_error: Literal["raise"] = "raise",
    ) -> list[T]: ...

    @overload
    async def map(
        self,
        function: Callable[["Run", Item], Awaitable[T]],
        items: Sequence[Item],
        *,
        key: Callable[[Item], str] | None = None,
        limit: int = 16,
        on_error: Literal["collect"],
    ) -> list[T | StepError]: ...

    async def map(
        self,
        function: Callable[["Run", Item], Awaitable[Any]],
        items: Sequence[Item],
        *,
        key: Callable[[Item], str] | None = None,
        limit: int = 16,
        on_error: Literal["raise", "collect"] = "raise",
    ) -> list[Any]:
        """Call ``function(run, item)`` for each item, at most ``limit`` at a time; results come in order.

        Each item has a scope of its own, named by its ``key`` (by default its place). With ``on_error="collect"`` the
        errors stand in the result where their values would.

        Raises:
            InvalidInput: two items have the same key, or there are more than 100,000.
        """
        name = getattr(function, "__name__", "map").strip("<>")
        keys = [str(number) if key is None else key(item) for number, item in enumerate(items)]
        _check_keys(keys, limit)
        call = self._execution.enter(f"map {name}")
        branches = [
            Branch(f"{call.key}[{_plain(name)}]/", _calling(function, self, item))
            for name, item in zip(keys, items, strict=True)
        ]
        return await gather(self._execution, branches, limit=limit, collect=on_error == "collect")

    async def first(self, *branches: Awaitable[T]) -> T:
        """Await several calls until one has ended, stop the others, and return its result; the winner is recorded."""
        call = self._execution.enter("first")
        if not branches:
            message = "run.first() needs at least one branch."
            raise InvalidInput(message)
        started = [Branch(f"{call.key}[{number}]/", _awaiting(branch)) for number, branch in enumerate(branches)]
        _, result = await first(self._execution, call, started)
        found: T = result
        return found

    @contextmanager
    def scope(self, name: str) -> Generator[None]:
        """Name a group of calls: inside, names and places are counted afresh.

        Raises:
            InvalidInput: the name cannot be used; ``[`` is kept for the branches of gather, map and first.
        """
        if "[" in name:
            message = f"{name!r} cannot name a scope: leave out the bracket."
            raise InvalidInput(message)
        call = self._execution.enter(name)
        with self._execution.tasks.inner_scope(f"{call.key}/"):
            yield

    def emit(self, value: object) -> None:
        """Stream a piece to whoever follows the run; called inside an async step, such as with each word of an answer.

        Pieces reach :meth:`stratum.Handle.stream` within a moment, and never after the step's own result. When the step
        is tried again, what the new try streams replaces what the old one did.

        Raises:
            Misused: it is not called inside a step of this run.
            InvalidInput: the piece is not JSON, or larger than 64 KiB.
        """
        self._execution.emit(value)

    def now(self) -> datetime:
        """Return the time, recorded: a replay sees the same one."""
        moment = value(self._execution, "now", lambda _: self._execution.around.clock.now())
        return datetime.fromtimestamp(moment / 1000, UTC)

    def random(self) -> float:
        """Return a number in [0, 1), recorded."""
        return float(value(self._execution, "random", lambda key: self._execution.dice(key).fraction()))

    def id(self, kind: str = "id") -> str:
        """Return an id such as ``id_3k…`` that this call alone has, also when it is made again after a crash."""
        dice = self._execution.dice
        return str(value(self._execution, f"id {kind}", lambda key: f"{kind}_{base32(dice(key).bits(128))}"))

    def changed(self, name: str) -> bool:
        """Return whether this run takes the new way at a marked change of the code.

        False for a run that had already gone past this place when the change came; True for all others.
        """
        return changed(self._execution, name)


def _awaiting(branch: Awaitable[Any]) -> Callable[[], Awaitable[Any]] | Coroutine[Any, Any, Any]:
    if not hasattr(branch, "__await__"):
        message = f"{branch!r} cannot be awaited: give calls such as run.step(...) or coroutines."
        raise Misused(message)
    return branch if asyncio.iscoroutine(branch) else lambda: branch


def _calling(function: Callable[..., Awaitable[Any]], run: Run, item: object) -> Callable[[], Awaitable[Any]]:
    return lambda: function(run, item)


def _check_keys(keys: Sequence[str], limit: int) -> None:
    if len(keys) > BRANCHES_MAX or limit < 1:
        message = (
            f"map takes up to {BRANCHES_MAX:,} items and a limit of at least 1; it was given {len(keys):,} and {limit}."
        )
        raise InvalidInput(message)
    long = next((key for key in keys if len(key) > NAME_CHARS_MAX), None)
    if long is not None:
        message = (
            f"The key {long[:40]!r}... of a map's item has {len(long):,} characters; the most is {NAME_CHARS_MAX}."
        )
        raise InvalidInput(message)
    if len(set(keys)) < len(keys):
        double = next(key for number, key in enumerate(keys) if key in keys[:number])
        message = f"Two items of a map have the key {double!r}: give a `key=` that tells them apart."
        raise InvalidInput(message)


def _plain(key: str) -> str:
    """Return a key without the characters that scopes are written with, or that no database keeps."""
    return "".join(letter if letter.isprintable() and letter not in "%/#" else _escaped(letter) for letter in key)


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogatepass"))
