"""One run on one worker: its root task, its scopes, its waits, and how it ends.

Every call of the author's code goes through :meth:`Execution.enter`, which fixes the call's identity. A call that the
journal knows waits for its turn and returns what was recorded. Any other call waits until the whole journal has been
handed out, so that nothing is executed before replay has shown that the code still matches.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stratum.kernel.chance import Chance, SeededChance
from stratum.kernel.clock import Clock
from stratum.kernel.errors import InvalidInput
from stratum.kernel.limits import NAME_CHARS_MAX
from stratum.runs.errors import Mismatch, Misused
from stratum.runs.journal import Commit, Journal
from stratum.runs.mailbox import Mailbox
from stratum.runs.machine import soonest
from stratum.runs.records import Claimed, Draft, Event, InboxItem, Kind, Release, Status
from stratum.runs.replay import Recorded, Replay
from stratum.runs.turns import Turns

HOLD_MS = 5_000
"""A run whose next alarm is nearer than this stays in memory and on its worker."""
_NUDGE_SECONDS = 1.0
_NUDGES_MAX = 30


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker lends to the runs that it executes."""

    clock: Clock
    chance: Chance
    commit: Commit
    to_thread: Callable[..., Awaitable[Any]]
    """Runs a sync function on a thread."""
    linger_seconds: float
    """How long a run whose every branch waits stays in memory before it is put to sleep."""
    grace_seconds: float
    """How long a cancelled run may clean up."""
    paused: Callable[[BaseException], None]
    """Told when the store is away."""
    read_inbox: Callable[["Execution"], None]
    """Asked to look for what the run was told."""


@dataclass(eq=False, slots=True)
class Scope:
    """A sequence of calls made by one task: the agent itself, or one branch."""

    path: str
    position: int = 0
    names: Counter[str] = field(default_factory=Counter[str])


class Call(NamedTuple):
    """The identity of one call, fixed when it is made."""

    key: str
    position: int
    args_hash: str
    recorded: Recorded | None

    def draft(self, kind: Kind, body: str, took: int = 0) -> Draft:
        """Return an event of this call, to be recorded."""
        return Draft(kind, self.key, self.position, self.args_hash, body, took)

    @property
    def closing(self) -> Event | None:
        """The recorded result of this call, if there is one."""
        return self.recorded.closing if self.recorded else None


class Execution:
    """A claimed run, being executed."""

    def __init__(self, run: Claimed, events: list[Event], inbox: list[InboxItem], around: Surroundings) -> None:
        self.run = run
        self.around = around
        self.started = events[0]
        self.chance = SeededChance(f"{run.fence.run_id}:{self.started.at}")
        """The run's own dice: the same at each replay."""
        self.replay = Replay(run.fence.run_id, events)
        self.journal = Journal(run.fence, run.head, around.commit, lost=self._lost, paused=around.paused)
        self.turns = Turns(self.replay.order, stop=self._stop_again, stuck=self._stuck, idle=self._idle)
        self.mailbox = Mailbox(inbox, self.turns)
        self.inbox_read = run.inbox
        self.dead = False
        """Whether the author's code may no longer do anything through this execution."""
        self.problem: BaseException | None = None
        """Why the run cannot be executed here, if it cannot."""
        self.stopping: Event | Draft | None = None
        """The cancellation or deadline that is being carried out."""
        self.unawaited: set[str] = set()
        self.draining = False
        """Whether the run is to be left at the next recorded step, because its worker is going away."""
        self._in_flight = 0
        self._loop = asyncio.get_running_loop()
        self._root: asyncio.Task[Any] | None = None
        self._scopes: dict[asyncio.Task[Any], Scope] = {}
        self._timers: list[asyncio.TimerHandle] = []
        self._linger: asyncio.TimerHandle | None = None
        self._leaving = False

    # What the floor above starts and asks

    async def perform(self, body: Callable[[], Coroutine[Any, Any, str]]) -> "Ending":
        """Run the agent's function to its end, its sleep or its loss; ``body`` returns the result as JSON text."""
        self._root = self._loop.create_task(body(), name=self.run.fence.run_id)
        self._scopes[self._root] = Scope("")
        self.turns.enter()
        if self.run.deadline is not None:
            self._alarm(self.run.deadline, self._deadline)
        self.look_at_mail()
        try:
            await self._settled(self._root)
        finally:
            for timer in (*self._timers, *([self._linger] if self._linger else [])):
                timer.cancel()
        return self._ending(self._root)

    def told(self, items: list[InboxItem], count: int) -> None:
        """Take in what the run was told; ``count`` is the number of the newest entry."""
        if self._leaving or self.dead:
            return
        self.inbox_read = max(self.inbox_read, count)
        self.mailbox.put(items)
        self.look_at_mail()

    def look_at_mail(self) -> None:
        """Carry out a wish to cancel, once replay is over."""
        if self.turns.replaying or self.dead or self.stopping is not None:
            return
        wish = self.mailbox.wish_to_cancel()
        if wish is not None:
            self._stop(Draft(Kind.CANCEL, "", 0, "", wish.body), takes=wish.seq)

    def evict(self) -> None:
        """Kill the handle and stop the code: whatever was not recorded will be done again elsewhere."""
        self.dead = True
        if self._root is not None and not self._root.done():
            self._root.cancel()

    def drain(self) -> None:
        """Leave the run as soon as no step of it is being carried out."""
        self.draining = True
        if self._in_flight == 0:
            self.evict()

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        """Count a step that is being carried out."""
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1

    # What calls ask

    def enter(self, name: str, args_hash: str = "") -> Call:
        """Fix the identity of a call: its scope, name, occurrence and place.

        Raises:
            Misused: the handle is used from a task that is not the run's, or after the run was taken away.
            InvalidInput: the name cannot be used.
        """
        scope = self.scope()
        _check_name(name)
        scope.position += 1
        scope.names[name] += 1
        occurrence = scope.names[name]
        key = f"{scope.path}{name}" if occurrence == 1 else f"{scope.path}{name}#{occurrence}"
        try:
            recorded = self.replay.call(scope.path, key, scope.position, args_hash)
        except Mismatch as mismatch:
            self.give_up(mismatch)
            recorded = None
        return Call(key, scope.position, args_hash, recorded)

    def scope(self) -> Scope:
        """Return the scope of the task that calls.

        Raises:
            Misused: the task is not one of the run's.
        """
        task = asyncio.current_task()
        scope = self._scopes.get(task) if task is not None else None
        if scope is None or self.dead:
            raise Misused(self._misuse(task))
        return scope

    async def recorded(self, event: Event) -> Event:
        """Wait for the turn of a recorded result."""
        await self.alive()
        await self.turns.take(event.seq)
        self.look_at_mail()
        return event

    async def ready(self) -> None:
        """Wait until something new may be done: replay is over and shows no mismatch."""
        await self.alive()
        if self.turns.replaying:
            await self.turns.end()
            self.look_at_mail()

    async def alive(self) -> None:
        """Return at once, or never when the handle is dead: the task is about to be cancelled."""
        if self.draining:
            self.drain()
        if self.dead or self.draining:
            await self._loop.create_future()

    async def until(self, due: int) -> None:
        """Wait durably until ``due``, in milliseconds since 1970 UTC."""
        await self.mailbox.wait(lambda _: False, due, self)

    def alarm_clock(self, due: int, ring: Callable[[], None]) -> asyncio.TimerHandle:
        """Have ``ring`` called at ``due``."""
        return self._loop.call_later(max(0, due - self.around.clock.now()) / 1000, ring)

    def branch(self, body: Coroutine[Any, Any, Any], path: str) -> "asyncio.Task[Any]":
        """Start a branch: a task with a scope of its own."""
        task = self._loop.create_task(body, name=f"{self.run.fence.run_id}/{path}")
        self._scopes[task] = Scope(path)
        self.turns.enter()
        return task

    def branch_ended(self, task: "asyncio.Task[Any]") -> None:
        """Forget a branch that has ended."""
        del self._scopes[task]
        self.turns.leave()

    @contextmanager
    def inner_scope(self, path: str) -> Iterator[None]:
        """Put the calls that the current task makes meanwhile into a scope of their own."""
        outer = self.scope()
        task = asyncio.current_task()
        if task is None:
            raise Misused(self._misuse(task))
        self._scopes[task] = Scope(path)
        try:
            yield
        finally:
            self._scopes[task] = outer

    def give_up(self, problem: BaseException) -> None:
        """Stop executing: the code and the journal disagree, or nothing can be recorded."""
        if self.problem is None:
            self.problem = problem
        self.evict()

    # How it goes on

    def _stop_again(self, event: Event) -> None:
        """Replay has reached a recorded cancellation or deadline: the code is cancelled where it was then."""
        self.stopping = event
        self._loop.call_soon(self._cancel_root)

    def _deadline(self) -> None:
        if self.turns.replaying or self._leaving:
            self._alarm(self.around.clock.now() + 50, self._deadline)
        elif not self.dead and self.stopping is None:
            self._stop(Draft(Kind.DEADLINE, "", 0, "", '"The deadline has passed."'), takes=None)

    def _stop(self, draft: Draft, *, takes: int | None) -> None:
        self.stopping = draft
        writing = self._loop.create_task(self.journal.write(draft, takes=takes))
        writing.add_done_callback(lambda done: None if done.cancelled() or done.exception() else self._cancel_root())

    def _cancel_root(self) -> None:
        root = self._root
        if root is not None and not root.done() and not self.dead:
            root.cancel()
            self._alarm(self.around.clock.now() + int(self.around.grace_seconds * 1000), self.evict)

    def _stuck(self) -> None:
        # The last task to wait may be about to be woken by a call that is on this turn of the loop.
        self._loop.call_soon(self._look_stuck)

    def _look_stuck(self) -> None:
        if self.turns.replaying and self.turns.all_wait and not self.dead:
            key = self.replay.unreached()
            self.give_up(
                self.replay.left_out(key) if key else Mismatch(f"Run {self.run.fence.run_id} cannot be replayed.")
            )

    def _idle(self) -> None:
        if not self.dead:
            if self._linger is not None:
                self._linger.cancel()
            self._linger = self._loop.call_later(self.around.linger_seconds, self._fall_asleep)

    def _fall_asleep(self) -> None:
        if not self.turns.all_wait or self.turns.replaying or self.dead or self._leaving:
            return
        if self.stopping is None or self.mailbox.alarms:
            wake_at = soonest(*self.mailbox.alarms, self.run.deadline)
            if wake_at is None or wake_at - self.around.clock.now() > HOLD_MS:
                self._leaving = True
                self._loop.create_task(self._sleep(wake_at))

    async def _sleep(self, wake_at: int | None) -> None:
        """Put the run to sleep, unless it was told something meanwhile."""
        slept = await self.journal.release(Release(Status.WAITING, wake_at), None, inbox=self.inbox_read)
        self._leaving = False
        if slept:
            self.evict()
        else:
            self.around.read_inbox(self)
            self._idle()

    def _lost(self, error: BaseException) -> None:
        self.give_up(error)

    async def _settled(self, root: "asyncio.Task[Any]") -> None:
        """Wait for the root task; a dead one that refuses to end is nudged, and left alone after half a minute."""
        nudges = 0
        while not root.done() and nudges < _NUDGES_MAX:
            await asyncio.wait({root}, timeout=_NUDGE_SECONDS if self.dead else None)
            if self.dead and not root.done():
                root.cancel()
                nudges += 1

    def _ending(self, root: "asyncio.Task[Any]") -> "Ending":
        if self.problem is not None or self.dead:
            if root.done() and not root.cancelled():
                # What a dead handle made the code raise on its way out says nothing about the run.
                root.exception()
            return Ending(Status.PARKED if self.problem else Status.READY, None, self.problem)
        if self.stopping is not None:
            status = Status.CANCELLED if self.stopping.kind == Kind.CANCEL else Status.FAILED
            return Ending(status, self.stopping.body, None)
        if root.cancelled():
            return Ending(Status.READY, None, None)
        error = root.exception()
        if error is not None:
            return Ending(Status.FAILED, None, error)
        key = self.replay.unreached()
        if key is not None:
            return Ending(Status.PARKED, None, self.replay.left_out(key))
        if self.unawaited:
            return Ending(Status.FAILED, None, Misused(_unawaited(self.unawaited)))
        return Ending(Status.DONE, root.result(), None)

    def _alarm(self, due: int, ring: Callable[[], None]) -> None:
        self._timers.append(self.alarm_clock(due, ring))

    def _misuse(self, task: "asyncio.Task[Any] | None") -> str:
        if self.dead:
            return f"Run {self.run.fence.run_id} is no longer executed here: its handle does nothing any more."
        ours = ", ".join(sorted(known.get_name() for known in self._scopes))
        name = task.get_name() if task else "no task at all"
        return (
            f"The handle of run {self.run.fence.run_id} was used from task {name!r}; its own are: {ours}. "
            "Use run.gather, run.map or run.scope for parallel branches, not asyncio.create_task."
        )


class Ending(NamedTuple):
    """How an execution ended on this worker."""

    status: Status
    """READY when it was taken away, WAITING never: a run that sleeps has been released already."""
    result: str | None
    error: BaseException | None


def _check_name(name: str) -> None:
    if not name or len(name) > NAME_CHARS_MAX or not name.isprintable() or "/" in name or "#" in name:
        message = f"{name!r} cannot name a step: give 1 to {NAME_CHARS_MAX} printable characters without / and #."
        raise InvalidInput(message)


def _unawaited(keys: set[str]) -> str:
    return f"These calls were made but never awaited: {', '.join(sorted(keys))}. Put `await` before each."
