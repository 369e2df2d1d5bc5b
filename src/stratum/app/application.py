"""App: the registry of a team's agents, and the place where everything meets when a store is opened."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Concatenate, ParamSpec, TypeVar

from stratum.agents import Agent, AgentOptions, Run, check_name
from stratum.app.capabilities import CAPABILITIES
from stratum.app.opened import Parts, Stratum
from stratum.kernel.chance import Chance, SystemChance
from stratum.kernel.clock import Clock, SystemClock
from stratum.kernel.errors import Conflict
from stratum.kernel.ids import Ids
from stratum.kernel.tenant import DEFAULT_TENANT, check_tenant
from stratum.runs import QueueLimits, Runs
from stratum.store import Migration, load_migrations, open_store

P = ParamSpec("P")
R = TypeVar("R")


class App:
    """A team's agents. No global, no singleton: make one, register functions, open it on a store."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.agents: dict[str, Agent[Any, Any]] = {}
        self.queues: dict[str, QueueLimits] = {}

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

    @asynccontextmanager
    async def open(
        self,
        url: str,
        *,
        tenant: str = DEFAULT_TENANT,
        clock: Clock | None = None,
        chance: Chance | None = None,
    ) -> AsyncIterator[Stratum]:
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


def migrations() -> list[Migration]:
    """Return the migrations of all capabilities, in order."""
    return [migration for capability in CAPABILITIES for migration in load_migrations(capability.package)]


def build() -> str:
    """Return the version of Stratum that runs here."""
    try:
        return version("stratum-agents")
    except PackageNotFoundError:
        return "source"
