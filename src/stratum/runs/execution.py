"""One run on one worker: its root task, its scopes, its waits, and how it ends.

Every call of the author's code goes through :meth:`Execution.enter`, which fixes the call's identity. A call that the
journal knows waits for its turn and returns what was recorded. Any other call waits until the whole journal has been
handed out, so that nothing is executed before replay has shown that the code still matches.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from stratum.kernel.chance import Chance, SeededChance
from stratum.kernel.clock import Clock
from stratum.kernel.errors import InvalidInput
from stratum.kernel.limits import NAME_CHARS_MAX
from stratum.runs.errors import Fenced, Mismatch, Misused
from stratum.runs.journal import Commit, Done, Entry, Journal
from stratum.runs.machine import soonest
from stratum.runs.mailbox import Mailbox
from stratum.runs.records import Append, Claimed, Draft, Event, InboxItem, Kind, Release, Status
from stratum.runs.replay import Recorded, Replay
from stratum.runs.streaming import Emit, Stream
from stratum.runs.tasks import Tasks
from stratum.runs.turns import Turns

HOLD_MS = 5_000
"""A run whose next alarm is nearer than this stays in memory and on its worker."""
_NUDGE_SECONDS = 1.0
_NUDGES_MAX = 30
_LOOK_AGAIN_MS = 50
_READ_FIRST_SECONDS = 1.0
_TURNS_TO_ARRIVE = 3
_CANCELLED_ITSELF = (
    "The agent's code raised asyncio.CancelledError though nobody cancelled the run. "
    "Catch it where you await a task that you have cancelled yourself."
)


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
    paused: Callable[[BaseException | None], None]
    """Told when the store is away, and with None when it is back."""
    read_inbox: Callable[["Execution"], None]
    """Asked to look for what the run was told."""
    emit: Emit
    """Writes what the run streams out."""


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
        self.replay = Replay(run.fence.run_id, events)
        self.stream = Stream(run.fence, around.emit)
        self.journal = Journal(run.fence, run.head, self._commit, lost=self._lost, paused=around.paused)
        self.inbox_read = run.inbox
        self.dead = False
        """Whether the author's code may no longer do anything through this execution."""
        self.problem: BaseException | None = None
        """Why the run cannot be executed here, if it cannot."""
        self.stopping: Event | Draft | None = None
        """The cancellation or deadline that is being carried out."""
        self.calls = 0
        """How many calls the code has made: it says how far the code is, on each replay the same."""
        self.unawaited: set[str] = set()
        self.draining = False
        """Whether the run is to be left at the next recorded step, because its worker is going away."""
        self._in_flight = 0
        self._halting = False
        self._stop_recorded: asyncio.Future[None] | None = None
        self._out_of_grace = False
        self.tasks = Tasks(run.fence.run_id)
        self._loop = asyncio.get_running_loop()
        self._evicted: asyncio.Future[None] = self._loop.create_future()
        self._root: asyncio.Task[Any] | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._linger: asyncio.TimerHandle | None = None
        self._leaving: asyncio.Task[None] | None = None
        self.turns = Turns(
            self.replay.order, may_stop=self._may_stop, stop=self._stop_again, stuck=self._stuck, idle=self._idle
        )
        self.mailbox = Mailbox(inbox, self.turns)

    # What the floor above starts and asks

    async def perform(self, body: Callable[[], Coroutine[Any, Any, str]]) -> "Ending":
        """Run the agent's function to its end, its sleep or its loss; ``body`` returns the result as JSON text."""
        self._root = self.tasks.start(body(), "")
        # What a dead handle makes the code raise on its way out says nothing about the run, and nobody asks for it.
        self._root.add_done_callback(lambda root: root.cancelled() or root.exception())
        self.turns.enter()
        if self.run.deadline is not None:
            self._alarm(self.run.deadline, self._deadline)
        # Code that has never run need not begin; code that has is cancelled where it was, so it first gets there again.
        self._look_at_mail_after(0 if self.run.fence.epoch == 1 else _TURNS_TO_ARRIVE)
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
        if self.turns.all_wait and not self.turns.replaying:
            self._idle()

    def look_at_mail(self) -> None:
        """Carry out a wish to cancel, or a deadline that has passed, once replay is over."""
        if self.turns.replaying or self.dead or self.stopping is not None:
            return
        wish = self.mailbox.wish_to_cancel()
        if wish is not None:
            self._stop(Draft(Kind.CANCEL, "", self.calls, "", wish.body), takes=wish.seq)
        elif self._must_stop():
            self._stop(Draft(Kind.DEADLINE, "", self.calls, "", '"The deadline has passed."'), takes=None)

    def _look_at_mail_after(self, turns: int) -> None:
        if turns > 0:
            self._loop.call_soon(self._look_at_mail_after, turns - 1)
        else:
            self.look_at_mail()

    def or_cancelled(self, ending: "Ending") -> "Ending":
        """Return how the run ends, given that it could not go on: a parked run that is to be cancelled just ends."""
        wish = self.mailbox.wish_to_cancel()
        if ending.status is Status.PARKED and wish is not None and not isinstance(ending.error, Fenced):
            return Ending(Status.CANCELLED, wish.body, None)
        return ending

    def evict(self) -> None:
        """Kill the handle and stop the code: whatever was not recorded will be done again elsewhere."""
        self.dead = self.tasks.closed = True
        self.journal.abandoned = True
        if not self._evicted.done():
            self._evicted.set_result(None)
        self.tasks.nudge()

    def drain(self) -> None:
        """Leave the run as soon as no step of it is being carried out."""
        self.draining = True
        if self._in_flight == 0:
            self.evict()

    @contextmanager
    def in_flight(self) -> Generator[None]:
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
        scope = self.tasks.scope()
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
        self.calls += 1
        self.turns.called()
        return Call(key, scope.position, args_hash, recorded)

    def emit(self, value: object) -> None:
        """Stream a piece out of the step that the current task carries out.

        Raises:
            Misused: the task carries out no step of this run.
            InvalidInput: the piece cannot be streamed.
        """
        step = self.tasks.step()
        if step is None:
            message = "run.emit() streams from inside an async step; call it in the function that run.step() was given."
            raise Misused(message)
        if not self.dead:
            self.stream.put(step, value)

    def _commit(self, append: Append, done: Done, /) -> None:
        self.stream.flush()
        self.around.commit(append, done)

    def dice(self, key: str) -> Chance:
        """Return a call's own dice: the same whenever the call is made again, recorded or not."""
        fence = self.run.fence
        return SeededChance(f"{fence.tenant}/{fence.run_id}/{self.started.at}/{key}")

    async def recorded(self, event: Event) -> Event:
        """Wait for the turn of a recorded result."""
        await self.alive()
        if self._halting or self.replay.was_left(event):
            await self.turns.never()
        await self.turns.take(event.seq)
        if not self.turns.replaying:
            self._loop.call_soon(self.look_at_mail)
        return event

    async def ready(self) -> None:
        """Wait until something new may be done: replay is over and shows no mismatch."""
        await self.alive()
        await self.turns.end()
        if self._leaving is not None:
            # Whether the run is let go is being decided: what would begin now might have to be done again elsewhere.
            await asyncio.shield(self._leaving)
            await self.ours()
        if self._halting or self._must_stop():
            self._loop.call_soon(self.look_at_mail)
            await self.turns.never()
        if self._stop_recorded is not None and not self._stop_recorded.done():
            await asyncio.shield(self._stop_recorded)

    async def alive(self) -> None:
        """Return at once, or never when the handle is dead: the task is about to be cancelled."""
        if self.draining:
            self.drain()
        if self.draining:
            await self._loop.create_future()
        await self.ours()

    async def ours(self) -> None:
        """Return at once, or never when the handle is dead."""
        if self.dead:
            await self._loop.create_future()

    async def until(self, due: int) -> None:
        """Wait durably until ``due``, in milliseconds since 1970 UTC."""
        await self.mailbox.wait(lambda _: False, due, self)

    def alarm_clock(self, due: int, ring: Callable[[], None]) -> asyncio.TimerHandle:
        """Have ``ring`` called at ``due``."""
        return self._loop.call_later(max(0, due - self.around.clock.now()) / 1000, ring)

    def branch(self, body: Coroutine[Any, Any, Any], path: str) -> "asyncio.Task[Any]":
        """Start a branch: a task with a scope of its own."""
        task = self.tasks.start(body, path)
        self.turns.enter()
        return task

    def branch_ended(self, task: "asyncio.Task[Any]") -> None:
        """Forget a branch that has ended."""
        path = self.tasks.forget(task)
        if task.cancelled():
            self.excuse(path)
        self.turns.leave()

    def excuse(self, path: str) -> None:
        """Expect no further call of a branch that was cancelled, or never started."""
        self.turns.skip(self.replay.excuse(path))

    def give_up(self, problem: BaseException) -> None:
        """Stop executing: the code and the journal disagree, or nothing can be recorded."""
        if self.problem is None:
            self.problem = problem
        self.evict()

    # How it goes on

    def _may_stop(self, event: Event) -> bool:
        """Whether the code has come as far as it was when it was stopped: it has made as many calls."""
        return self.calls >= event.position

    def _must_stop(self) -> bool:
        """Whether a wish to cancel or a passed deadline is not carried out yet."""
        if self.stopping is not None:
            return False
        late = self.run.deadline is not None and self.run.deadline <= self.around.clock.now()
        return late or self.mailbox.wish_to_cancel() is not None

    def _deadline(self) -> None:
        if self.turns.replaying or self._leaving or not self._must_stop():
            if self.stopping is None and not self.dead:
                self._alarm(self.around.clock.now() + _LOOK_AGAIN_MS, self._deadline)
        else:
            self.look_at_mail()

    def _stop(self, draft: Draft, *, takes: int | None) -> None:
        """Cancel the code where it is, and record that and how far it had come; new calls wait for the commit."""
        self.stopping = draft
        self._stop_recorded = self._loop.create_future()
        self.journal.add(Entry(draft, self._stop_recorded, takes))
        self._cancel_all()

    def _stop_again(self, event: Event) -> None:
        """Replay has reached a recorded cancellation or deadline: the code is cancelled where it was then."""
        self.stopping = event
        self._halting = True
        self._loop.call_soon(self._cancel_all)

    def _cancel_all(self) -> None:
        """Cancel all tasks at once, so that none comes further than it would on a replay."""
        self._halting = False
        if self._linger is not None:
            self._linger.cancel()
        if self._root is not None and not self._root.done() and not self.dead:
            self.tasks.cancel_below("")
            self._alarm(self.around.clock.now() + int(self.around.grace_seconds * 1000), self._grace_over)

    def _grace_over(self) -> None:
        self._out_of_grace = True
        self.evict()

    def _stuck(self) -> None:
        # The last task to wait may be about to go on: it takes a wake-up or a cancellation some turns to arrive.
        self._loop.call_soon(self._look_stuck, _TURNS_TO_ARRIVE)

    def _look_stuck(self, turns: int) -> None:
        if turns > 0:
            self._loop.call_soon(self._look_stuck, turns - 1)
        elif self.turns.replaying and self.turns.all_wait and not self.dead and not self.turns.stop_now():
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
                self._leaving = self._loop.create_task(self._sleep(wake_at))

    async def _sleep(self, wake_at: int | None) -> None:
        """Put the run to sleep, unless it was told something meanwhile."""
        slept = await self.journal.release(Release(Status.WAITING, wake_at), None, inbox=self.inbox_read)
        self._leaving = None
        if slept:
            self.evict()
        else:
            # What it was told is handed out first; if that cannot be read now, the next look at it is soon enough.
            self.around.read_inbox(self)
            self._linger = self._loop.call_later(_READ_FIRST_SECONDS, self._fall_asleep)

    def _lost(self, error: BaseException) -> None:
        self.give_up(error)

    async def _settled(self, root: "asyncio.Task[Any]") -> None:
        """Wait for the root task; a dead one that refuses to end is nudged, and left alone after half a minute."""
        nudges = 0
        await asyncio.wait({root, self._evicted}, return_when=asyncio.FIRST_COMPLETED)
        while not root.done() and nudges < _NUDGES_MAX:
            await asyncio.wait({root}, timeout=_NUDGE_SECONDS)
            self.tasks.nudge()
            nudges += 1

    def _ending(self, root: "asyncio.Task[Any]") -> "Ending":
        if self.problem is not None or (self.dead and not self._out_of_grace):
            return Ending(Status.PARKED if self.problem else Status.READY, None, self.problem)
        if self.stopping is not None:
            status = Status.CANCELLED if self.stopping.kind == Kind.CANCEL else Status.FAILED
            return Ending(status, self.stopping.body, None)
        if root.cancelled():
            return Ending(Status.FAILED, None, Misused(_CANCELLED_ITSELF))
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
