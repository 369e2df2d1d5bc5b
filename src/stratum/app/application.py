"""App: the registry of a team's agents, and the place where everything meets when a store is opened."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from pydantic import ValidationError

from stratum.agents import Agent, AgentOptions, Run, StartOptions, check_name, new_run
from stratum.app.capabilities import CAPABILITIES
from stratum.app.opened import Parts, Stratum
from stratum.kernel.chance import Chance, SystemChance
from stratum.kernel.clock import Clock, SystemClock
from stratum.kernel.codec import describe
from stratum.kernel.errors import Conflict, InvalidInput
from stratum.kernel.ids import Ids
from stratum.kernel.tenant import DEFAULT_TENANT, check_tenant
from stratum.runs import QueueLimits, Runs, Schedule, Timing
from stratum.store import Migration, load_migrations, open_store

P = ParamSpec("P")
R = TypeVar("R")


class App:
    """A team's agents. No global, no singleton: make one, register functions, open it on a store."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.agents: dict[str, Agent[Any, Any]] = {}
        self.queues: dict[str, QueueLimits] = {}
        self.schedules: dict[tuple[str, str], Schedule] = {}

    def agent(
        self,
        *,
        name: str | None = None,
        version: str = "1",
        queue: str = "default",
        priority: int = 0,
        deadline: timedelta | None = None,
    ) -> Callable[[Callable[Concatenate[Run, P], Awaitable[R]]], Agent[P, R]]:
        """Register an ``async def`` whose first argument is the :class:`Run`.

        Raises:
            InvalidInput: the function or an option cannot be used.
            Conflict: the app has an agent of that name.
        """
        options = AgentOptions(name=name, version=version, queue=queue, priority=priority, deadline=deadline)

        def register(function: Callable[Concatenate[Run, P], Awaitable[R]]) -> Agent[P, R]:
            agent = Agent(function, options)
            if agent.name in self.agents:
                message = f"The app {self.name!r} has an agent {agent.name!r} already. Give one of them another name=."
                raise Conflict(message)
            self.agents[agent.name] = agent
            return agent

        return register

    def queue(self, name: str, limits: QueueLimits) -> None:
        """Declare what a queue lets happen at once, over all workers of all processes.

        Raises:
            InvalidInput: the name cannot be a queue's.
            Conflict: the queue was declared already.
        """
        if check_name("queue", name) in self.queues:
            message = f"The queue {name!r} was declared already. Declare each queue once."
            raise Conflict(message)
        self.queues[name] = limits

    def schedule(
        self,
        name: str,
        agent: Agent[Any, Any],
        *,
        cron: str | None = None,
        every: timedelta | None = None,
        timezone: str = "UTC",
        overlap: Literal["skip", "allow", "cancel"] = "skip",
        catch_up: Literal["all", "last", "skip"] = "last",
        jitter: timedelta = timedelta(0),
        tenant: str = DEFAULT_TENANT,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - the word for it everywhere
    ) -> None:
        """Declare that ``agent`` is started by the clock; workers of this app enter the schedule into the store.

        The run of a slot has the id ``name@slot``, so no slot is ever run twice. ``overlap`` says what a slot does
        while the run before has not ended, ``catch_up`` which of the slots missed in an outage are run; what was not
        run is recorded.

        Raises:
            InvalidInput: the times or the agent's input do not fit; the message says which.
            Conflict: the tenant has a schedule of that name already.
        """
        timing = _timing(cron, every, timezone=timezone, overlap=overlap, catch_up=catch_up, jitter=jitter)
        run = new_run(agent, input or {}, StartOptions(), tenant=check_tenant(tenant), run_id=name, now=0)
        key = (tenant, check_name("schedule", name))
        if key in self.schedules:
            message = f"The tenant {tenant!r} has a schedule {name!r} already. Give one of them another name."
            raise Conflict(message)
        self.schedules[key] = Schedule(
            tenant=tenant,
            id=name,
            agent=run.agent,
            version=run.version,
            queue=run.queue,
            priority=run.priority,
            input=run.input,
            input_hash=run.input_hash,
            timing=timing,
        )

    @asynccontextmanager
    async def open(
        self,
        url: str,
        *,
        tenant: str = DEFAULT_TENANT,
        clock: Clock | None = None,
        chance: Chance | None = None,
    ) -> AsyncGenerator[Stratum]:
        """Open the app on ``sqlite:///file.db`` or ``postgresql://…``, made or migrated first where need be.

        Raises:
            InvalidInput: the URL is not of a known form.
            StoreNewer: a newer Stratum made the database.
            Unavailable: the database cannot be used now.
        """
        check_tenant(tenant)
        clock = clock or SystemClock()
        chance = chance or SystemChance()
        ids = Ids(clock, chance)
        opened = await open_store(url, migrations(), clock=clock, sender=ids.new("process"))
        runs = Runs(opened.store)
        parts = Parts(
            store=opened.store,
            runs=runs,
            agents=self.agents,
            limits=self.queues,
            schedules=tuple(self.schedules.values()),
            clock=clock,
            chance=chance,
            ids=ids,
            build=build(),
            migrated=opened.migrated,
        )
        try:
            yield Stratum(parts, tenant)
        finally:
            await runs.close()
            await opened.store.close()


def _timing(cron: str | None, every: timedelta | None, *, jitter: timedelta, **more: Any) -> Timing:
    try:
        return Timing(
            cron=cron,
            every_ms=None if every is None else int(every.total_seconds() * 1000),
            jitter_ms=int(jitter.total_seconds() * 1000),
            **more,
        )
    except ValidationError as error:
        raise InvalidInput(describe(error)) from error


def migrations() -> list[Migration]:
    """Return the migrations of all capabilities, in order."""
    return [migration for capability in CAPABILITIES for migration in load_migrations(capability.package)]


def build() -> str:
    """Return the version of Stratum that runs here."""
    try:
        return version("stratum-agents")
    except PackageNotFoundError:
        return "source"
