"""An app on an open store: start runs, watch them, and work."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from stratum.agents import Agent, Run, StartOptions, check_name, committing, new_run
from stratum.app.handle import Handle
from stratum.kernel.chance import Chance
from stratum.kernel.clock import Clock
from stratum.kernel.codec import encode, shape_of
from stratum.kernel.ids import Ids
from stratum.kernel.tenant import check_tenant
from stratum.runs import Edits, QueueLimits, RunRow, Runs, Schedule, Status, UnknownAgent, Worker, WorkerOptions
from stratum.store import Store

UNCHANGED = object()
"""Stands where a value may be None and was not given."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Parts:
    """What an open app is made of; shared by the views of all tenants."""

    store: Store
    runs: Runs
    agents: Mapping[str, Agent[Any, Any]]
    limits: Mapping[str, QueueLimits]
    schedules: Sequence[Schedule]
    clock: Clock
    chance: Chance
    ids: Ids
    build: str
    migrated: tuple[str, ...]


class Stratum:
    """An app on an open store, for one tenant. Made by :meth:`stratum.App.open`."""

    def __init__(self, parts: Parts, tenant: str) -> None:
        self._parts = parts
        self._tenant = tenant

    @property
    def runs(self) -> Runs:
        """The runs of the store, for lists and tools."""
        return self._parts.runs

    @property
    def store(self) -> Store:
        """The store itself."""
        return self._parts.store

    @property
    def migrated(self) -> tuple[str, ...]:
        """The migrations that opening the store has applied."""
        return self._parts.migrated

    @property
    def tenant_name(self) -> str:
        """The tenant that this view acts for."""
        return self._tenant

    def tenant(self, name: str) -> "Stratum":
        """Return the same app acting for another tenant.

        Raises:
            InvalidInput: the name cannot be a tenant's.
        """
        return Stratum(self._parts, check_tenant(name))

    async def start(
        self,
        agent: Callable[Concatenate[Run, P], Awaitable[R]] | str,
        *,
        id: str | None = None,
        priority: int | None = None,
        at: datetime | None = None,
        deadline: timedelta | None = None,
        key: str = "",
        input: Mapping[str, Any] | None = None,  # noqa: A002 - the word for it everywhere
        **arguments: Any,
    ) -> Handle[R]:
        """Start a run, durably, and return its handle.

        With an ``id`` that is known the same handle is returned, also after the run has ended. ``at`` starts it later;
        ``deadline`` bounds it from now; ``key`` is what the queue's ``per_key`` limit counts by. Arguments that share a
        name with these options go into ``input``.

        Raises:
            UnknownAgent: the app has no such agent.
            InvalidInput: an argument is missing, unknown or of the wrong type; the message has its path.
            RunIdTaken: the id belongs to a run of another agent or with another input.
            Unavailable: the store is away. With an ``id`` it is safe to ask again; without one, where the error is
                CommitUnknown, asking again may start a second run.
        """
        found = self._agent(agent)
        run_id = self._parts.ids.new("run") if id is None else check_name("run's id", id)
        options = StartOptions(priority=priority, at=at, deadline=deadline, key=key)
        run = new_run(
            found,
            {**(input or {}), **arguments},
            options,
            tenant=self._tenant,
            run_id=run_id,
            now=self._parts.clock.now(),
        )
        await self._parts.runs.start(run)
        return Handle(self._parts.runs, self._tenant, run_id, found.result)

    def handle(self, run_id: str) -> Handle[Any]:
        """Return the handle of a run that was started before; its result is plain JSON."""
        return Handle(self._parts.runs, self._tenant, run_id, shape_of(Any))

    def input_hash(self, agent: str, arguments: Mapping[str, Any]) -> str:
        """Return the digest by which runs of an agent with these arguments are known.

        Raises:
            UnknownAgent: the app has no such agent.
            InvalidInput: an argument does not fit; the message has its path.
        """
        options = StartOptions()
        return new_run(self._agent(agent), arguments, options, tenant=self._tenant, run_id="", now=0).input_hash

    async def fork(
        self,
        run_id: str,
        *,
        step: str | None = None,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - the word for it everywhere
        args: Sequence[Any] | None = None,
        result: Any = UNCHANGED,  # noqa: ANN401 - any JSON value
        id: str | None = None,
    ) -> Handle[Any]:
        """Start a new run that takes over what ``run_id`` recorded before ``step``, with edits; return its handle.

        ``step`` is a key as ``stratum show`` gives it. ``args`` replaces that step's arguments, ``result`` stands for
        carrying it out, and ``input`` replaces the run's input, checked against its agent's signature.

        Raises:
            UnknownRun: there is no such run.
            Refused: it has no such step, or the edits do not fit.
            InvalidInput: the input does not fit; the message has its path.
            RunIdTaken: the new id is taken.
        """
        source = await self._parts.runs.row(self._tenant, run_id)
        edits = Edits(
            step=step,
            input=None if input is None else self._agent(source.agent).signature.encode(dict(input)),
            args=None if args is None else encode(list(args)),
            result=None if result is UNCHANGED else encode(result),
        )
        new_id = self._parts.ids.new("run") if id is None else check_name("run's id", id)
        await self._parts.runs.fork(self._tenant, run_id, edits, new_id=new_id)
        found = self._parts.agents.get(source.agent)
        return Handle(self._parts.runs, self._tenant, new_id, found.result if found else shape_of(Any))

    async def list(self, *, status: Status | None = None, agent: str | None = None, limit: int = 50) -> list[RunRow]:
        """Return the newest runs of this tenant, newest first.

        Raises:
            InvalidInput: ``limit`` is not from 1 to 1,000.
        """
        return await self._parts.runs.rows(self._tenant, status=status, agent=agent, most=limit)

    def worker(
        self,
        *,
        store: Store | None = None,
        **options: Any,
    ) -> Worker:
        """Return a worker of this app for ``async with``; options are those of :class:`WorkerOptions`.

        It executes runs of all tenants. ``store`` may wrap the open one, as the test kit does to inject faults.
        """
        parts = self._parts if store is None else replace(self._parts, store=store)
        return Worker(
            parts.store,
            {name: agent.spec(parts.store) for name, agent in parts.agents.items()},
            committing(parts.store),
            limits=parts.limits,
            schedules=parts.schedules,
            clock=parts.clock,
            chance=parts.chance,
            ids=parts.ids,
            build=parts.build,
            options=replace(WorkerOptions(), **options),
        )

    def _agent(self, agent: object) -> Agent[Any, Any]:
        name = agent if isinstance(agent, str) else getattr(agent, "name", repr(agent))
        found = self._parts.agents.get(str(name))
        if found is None:
            known = ", ".join(sorted(self._parts.agents)) or "none"
            message = f"The app has no agent {name!r}; it has: {known}."
            raise UnknownAgent(message)
        return found
