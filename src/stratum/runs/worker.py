"""A worker: takes ready runs, executes them side by side, renews its lease, and buries workers that died."""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

from stratum.kernel.chance import Chance
from stratum.kernel.clock import Clock
from stratum.kernel.errors import StratumError, Unavailable
from stratum.kernel.ids import Ids
from stratum.runs import liveness
from stratum.runs.ending import closing_of
from stratum.runs.errors import Fenced
from stratum.runs.execution import Ending, Execution, Surroundings
from stratum.runs.journal import Commit
from stratum.runs.limits import QueueLimits
from stratum.runs.records import Event, Fence, InboxItem, Status
from stratum.runs.rows import inbox as inbox_rows
from stratum.runs.rows import lease, lists
from stratum.runs.rows.claim import Claim
from stratum.runs.rows.events import EVENTS_PAGE, read_events
from stratum.runs.rows.inbox import INBOX_TOPIC
from stratum.runs.rows.limits import FREED_TOPIC
from stratum.runs.rows.schedules import Schedule, declare
from stratum.runs.rows.start import READY_TOPIC
from stratum.runs.rows.stream import Emission, emit_each
from stratum.runs.rows.take import Taken, take
from stratum.runs.spec import AgentSpec
from stratum.store import Store, StoreClosed, Tx

_log = logging.getLogger("stratum.worker")

_POLL_SECONDS = 5.0
_AWAY_SECONDS = 0.5
_LOOK_AGAIN_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """How a worker works."""

    runs_max: int = 256
    """The most runs that it executes at once."""
    threads: int = 32
    """The most sync functions that it runs at once."""
    lease_ms: int = 6_000
    """How long after its last sign of life others take over its runs."""
    beat_seconds: float = 1.5
    """How often it gives a sign of life and looks for dead workers."""
    linger_seconds: float = 0.25
    """How long a run whose every branch waits stays in memory."""
    grace_seconds: float = 20.0
    """How long a cancelled run may clean up."""
    drain_seconds: float = 20.0
    """How long runs may finish their step when the worker is asked to stop."""
    losses_max: int = 5
    """How many workers a run may kill, without any progress, before it is set aside."""


class Worker:
    """Executes runs until it is drained. Use as ``async with``."""

    def __init__(
        self,
        store: Store,
        agents: Mapping[str, AgentSpec],
        commit: Commit,
        *,
        limits: Mapping[str, QueueLimits],
        schedules: Sequence[Schedule],
        clock: Clock,
        chance: Chance,
        ids: Ids,
        build: str,
        options: WorkerOptions,
    ) -> None:
        self.options = options
        self._store, self._agents, self._commit, self._limits = store, agents, commit, limits
        self._schedules = schedules
        self._clock, self._chance, self._ids, self._build = clock, chance, ids, build
        self.id = ""
        self._running: dict[Fence, tuple[Execution | None, asyncio.Task[None]]] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._draining = False
        self._wakes: Callable[[], None] = lambda: None
        self._pool = ThreadPoolExecutor(options.threads, thread_name_prefix="stratum-step")
        self._away = False
        self._full = False

    async def __aenter__(self) -> Self:
        """Enter the store's list of workers and begin to take runs."""
        await self._join()
        tenants = sorted({schedule.tenant for schedule in self._schedules})
        await self._store.write(declare, self._schedules, tenants=tenants)
        await self._bury_the_dead()
        loops = (self._take_runs, self._keep_alive, self._read_mail)
        self._loops = [asyncio.create_task(self._again_and_again(loop)) for loop in loops]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Drain and leave."""
        await self.drain()

    @property
    def busy(self) -> int:
        """How many runs it executes now."""
        return len(self._running)

    async def drain(self) -> None:
        """Take no more runs, let each finish its step within the bound, and hand them all back."""
        if self._draining:
            return
        self._draining = True
        for taking in self._loops[:1]:
            # The other two go on until the last step is done: the lease is renewed, and cancellations are heard.
            taking.cancel()
        tasks = [task for _, task in self._running.values()]
        for execution, _ in list(self._running.values()):
            if execution is not None:
                execution.drain()
        if tasks:
            await asyncio.wait(tasks, timeout=self.options.drain_seconds)
            for execution, _ in list(self._running.values()):
                if execution is not None:
                    execution.evict()
            await asyncio.wait(tasks, timeout=self.options.drain_seconds)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        try:
            await self._store.write(_leave, self.id)
        except StratumError as error:
            _log.warning(
                "worker %s could not sign off: %s Its runs are taken over when its lease ends.", self.id, error
            )
        self._pool.shutdown(wait=False, cancel_futures=True)

    def abandon(self) -> None:
        """Stop at once and write nothing more, as if the process had been killed; for tests."""
        self._draining = True
        for loop in self._loops:
            loop.cancel()
        for execution, task in list(self._running.values()):
            if execution is not None:
                execution.evict()
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    # Its three loops

    async def _again_and_again(self, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin a loop again when it fails: a worker that silently renews no lease or takes no runs helps nobody."""
        while True:
            try:
                await loop()
            except StoreClosed:
                return
            except Exception:  # noqa: BLE001 - whatever it is, the worker must go on
                _log.exception("worker %s met an error that it does not know, and goes on.", self.id)
                await asyncio.sleep(_AWAY_SECONDS)

    async def _take_runs(self) -> None:
        lanes = sorted({(spec.queue, spec.name) for spec in self._agents.values()})
        freed = [f"{FREED_TOPIC}:{queue}" for queue in self._limits]
        with self._store.subscribe(READY_TOPIC, *freed) as wake:
            self._wakes = wake.set
            while True:
                free = self.options.runs_max - len(self._running)
                taken = await self._try(self._store.write(take, self.id, lanes, free, self._limits, flush=False))
                if taken is None:
                    await wake.wait(_AWAY_SECONDS)
                    continue
                for claim in taken.claims:
                    self._begin(claim)
                self._full = len(self._running) >= self.options.runs_max
                await wake.wait(self._pause(taken, free))

    def _pause(self, taken: Taken, free: int) -> float:
        if self._full:
            # A run that ends wakes us.
            return _POLL_SECONDS
        if taken.more or len(taken.claims) >= free:
            # All that was asked for was given, and runs that ended meanwhile have made more room.
            return 0.0
        if taken.next_due is None:
            return _POLL_SECONDS
        # The database's clock may be behind ours, and another worker may hold the run that is due: not at once.
        return min(_POLL_SECONDS, max(_LOOK_AGAIN_SECONDS, (taken.next_due - self._clock.now()) / 1000))

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self.options.beat_seconds)
            alive = await self._try(self._store.write(lease.beat, self.id, flush=False))
            if alive is False:
                await self._rise_again()
            elif alive:
                await self._try(self._bury_the_dead())

    async def _read_mail(self) -> None:
        with self._store.subscribe(INBOX_TOPIC) as wake:
            while True:
                await wake.wait(_POLL_SECONDS)
                if self._running:
                    await self._try(self._hand_out_mail())

    # One run

    def _begin(self, claim: Claim) -> None:
        fence = claim.run.fence
        task = asyncio.create_task(self._execute(claim), name=f"execute {fence.run_id}")
        self._running[fence] = (None, task)
        task.add_done_callback(lambda _: self._ended(fence))

    def _ended(self, fence: Fence) -> None:
        self._running.pop(fence, None)
        if self._full:
            self._full = False
            self._wakes()

    async def _execute(self, claim: Claim) -> None:
        """Execute a run until it ends, sleeps or is taken away; give it back when an error of ours is in the way."""
        try:
            lost = await self._carry_out(claim)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must not be stranded
            _log.exception("run %s met an error that the worker does not know.", claim.run.fence.run_id)
            lost = error
        if lost is not None:
            fence = claim.run.fence
            await self._try(self._store.write(lease.give_back, fence, tenants=(fence.tenant,)))

    async def _carry_out(self, claim: Claim) -> BaseException | None:
        """Execute a run; return the error, if any, for which it could not be released."""
        events = claim.events if claim.events is not None else await self._load(claim.run.fence)
        execution = Execution(claim.run, events, claim.inbox, self._surroundings())
        self._running[claim.run.fence] = (execution, self._running[claim.run.fence][1])
        spec = self._agents[claim.run.agent]
        ending = execution.or_cancelled(self._refusal(claim) or await self._perform(execution, spec))
        if isinstance(ending.error, Fenced):
            _log.warning("%s", ending.error)
            return None
        if not execution.journal.closed:
            draft, release = closing_of(ending)
            await execution.journal.release(release, draft, inbox=0)
        return execution.journal.failure

    async def _perform(self, execution: Execution, spec: AgentSpec) -> Ending:
        try:
            arguments = spec.signature.decode(execution.started.body)
        except StratumError as error:
            return Ending(Status.PARKED, None, error)
        return await execution.perform(lambda: spec.perform(execution, arguments))

    def _refusal(self, claim: Claim) -> Ending | None:
        if self._draining:
            return Ending(Status.READY, None, None)
        if claim.run.losses < self.options.losses_max:
            return None
        message = (
            f"Run {claim.run.fence.run_id} was set aside: {claim.run.losses} workers in a row died while executing it. "
            "Look at its last step, then resume or cancel it."
        )
        return Ending(Status.PARKED, None, StratumError(message))

    async def _load(self, fence: Fence) -> list[Event]:
        events: list[Event] = []
        while True:
            after = events[-1].seq if events else 0
            page = await self._patiently(fence, after)
            events += page
            if len(page) < EVENTS_PAGE:
                return events

    async def _patiently(self, fence: Fence, after: int) -> list[Event]:
        while True:
            reading = self._store.read(read_events, fence.tenant, fence.run_id, after, tenants=(fence.tenant,))
            page: list[Event] | None = await self._try(reading)
            if page is not None:
                return page
            await asyncio.sleep(_AWAY_SECONDS)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            clock=self._clock,
            chance=self._chance,
            commit=self._commit,
            to_thread=self._to_thread,
            linger_seconds=self.options.linger_seconds,
            grace_seconds=self.options.grace_seconds,
            paused=self._say_away,
            read_inbox=lambda execution: self._soon(self._read_one(execution)),
            emit=self._emit,
        )

    def _emit(self, emission: Emission, done: Callable[[object, BaseException | None], None]) -> None:
        self._store.submit_each(emit_each, emission, done, tenants=(emission.fence.tenant,), flush=False)

    async def _to_thread(self, function: Callable[..., Any], *args: object) -> object:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    # Its mail

    async def _hand_out_mail(self) -> None:
        counts = await self._store.read(inbox_rows.inbox_counts, self.id, tenants=self._tenants())
        for fence, (execution, _) in list(self._running.items()):
            count = counts.get((fence.tenant, fence.run_id), 0)
            if execution is not None and count > execution.inbox_read:
                await self._read_one(execution)

    async def _read_one(self, execution: Execution) -> None:
        fence = execution.run.fence
        items, count = await self._store.read(_mail_of, fence, tenants=(fence.tenant,))
        execution.told(items, count)

    def _tenants(self) -> tuple[str, ...]:
        return tuple({fence.tenant for fence in self._running})

    def _soon(self, coroutine: Any) -> None:  # noqa: ANN401 - any coroutine of ours
        task = asyncio.create_task(self._try(coroutine))
        self._loops.append(task)
        task.add_done_callback(self._loops.remove)

    # Its life

    async def _join(self) -> None:
        self.id = self._ids.new("worker")
        agents = json.dumps(sorted([spec.queue, spec.name] for spec in self._agents.values()))
        pid = liveness.process_id()
        row = lease.WorkerRow(
            id=self.id,
            host=liveness.host_name(),
            pid=pid,
            started_at=liveness.started_at(pid) or 0,
            build=self._build,
            seen_at=0,
            lease_ms=self.options.lease_ms,
            agents=agents,
        )
        await self._store.write(lease.join, row)

    async def _rise_again(self) -> None:
        """Others took us for dead, and our runs with us: stop executing those, and begin as a new worker."""
        _log.warning("worker %s was taken for dead: it was not seen for its whole lease. It begins anew.", self.id)
        for execution, task in list(self._running.values()):
            if execution is None:
                task.cancel()
            else:
                execution.give_up(
                    Fenced(f"Run {execution.run.fence.run_id} was taken over while this worker stood still.")
                )
        await self._join()
        self._wakes()

    async def _bury_the_dead(self) -> None:
        rows = await self._store.read(lease.workers)
        for row in rows:
            if row.id != self.id and liveness.is_gone(row.host, row.pid, row.started_at):
                await self._bury(row.id, "its process is gone")
        for worker in await self._store.read(lease.expired):
            if worker != self.id:
                await self._bury(worker, "it was not seen for its whole lease")

    async def _bury(self, worker: str, why: str) -> None:
        count = await self._store.write(lease.bury, worker)
        if count:
            _log.warning("worker %s is dead (%s): its %d runs go on elsewhere.", worker, why, count)

    async def _try(self, work: Any) -> Any:  # noqa: ANN401 - whatever the awaited work gives
        """Await ``work``; None, said once, while the store is away."""
        try:
            result = await work
        except Unavailable as error:
            self._say_away(error)
            return None
        self._say_away(None)
        return result

    def _say_away(self, error: BaseException | None) -> None:
        """Say once that the store is away, and once that it is back."""
        if self._away == (error is not None):
            return
        self._away = error is not None
        if error is None:
            _log.warning("the store is back; worker %s goes on.", self.id)
        else:
            _log.warning("worker %s pauses: %s", self.id, error)


def _leave(tx: Tx, worker: str) -> int:
    return lease.bury(tx, worker, lost=False)


def _mail_of(tx: Tx, fence: Fence) -> tuple[list[InboxItem], int]:
    row = lists.run_row(tx, fence.tenant, fence.run_id)
    return inbox_rows.unread(tx, fence.tenant, fence.run_id), row.inbox if row else 0
