"""Runs as their starters and operators see them: start, watch, tell, read. Executing them is the worker's."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from stratum.kernel.errors import InvalidInput, NotFound, Unavailable
from stratum.runs.errors import Refused, UnknownRun
from stratum.runs.forking import Edits, plan_fork
from stratum.runs.records import ENDED, Event, NewRun, RunRow, Status
from stratum.runs.rows import lists, operate
from stratum.runs.rows import schedules as schedule_rows
from stratum.runs.rows.append import ENDED_TOPIC
from stratum.runs.rows.events import EVENTS_PAGE, read_events
from stratum.runs.rows.inbox import tell
from stratum.runs.rows.schedules import ScheduleRow
from stratum.runs.rows.start import start_each
from stratum.runs.rows.stream import STREAM_TOPIC, Piece, read_pieces
from stratum.store import Store, StoreClosed, Tx

_LOOK_SECONDS = 1.0
ROWS_MAX = 1_000


class _News(NamedTuple):
    """Something to tell a run."""

    tenant: str
    run_id: str
    kind: str
    name: str
    body: str
    dedupe: str | None = None


class Runs:
    """All runs of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._awaited: defaultdict[tuple[str, str], list[asyncio.Future[lists.Ended]]] = defaultdict(list)
        self._watcher: asyncio.Task[None] | None = None
        self._look_again: Callable[[], None] = lambda: None

    async def start(self, run: NewRun) -> bool:
        """Start a run; False when the same was started before.

        Raises:
            RunIdTaken: the id belongs to a run of another agent or with another input.
        """
        return await self._store.write_each(start_each, run, tenants=(run.tenant,))

    async def row(self, tenant: str, run_id: str) -> RunRow:
        """Return a run's state.

        Raises:
            UnknownRun: there is no such run.
        """
        row = await self._store.read(lists.run_row, tenant, run_id, tenants=(tenant,))
        if row is None:
            raise UnknownRun(_unknown(tenant, run_id))
        return row

    async def rows(
        self, tenant: str, *, status: Status | None = None, agent: str | None = None, most: int = 50
    ) -> list[RunRow]:
        """Return the newest runs, newest first.

        Raises:
            InvalidInput: ``most`` is not from 1 to 1,000.
        """
        if not 1 <= most <= ROWS_MAX:
            message = f"limit={most} is out of range: give 1 to {ROWS_MAX}."
            raise InvalidInput(message)
        return await self._store.read(lists.run_rows, tenant, status, agent, most, tenants=(tenant,))

    async def children(self, tenant: str, run_id: str) -> list[RunRow]:
        """Return the runs that a run started, at most 1,000."""
        return await self._store.read(lists.children_of, tenant, run_id, tenants=(tenant,))

    async def history(self, tenant: str, run_id: str) -> list[Event]:
        """Return a run's journal.

        Raises:
            UnknownRun: there is no such run.
        """
        events: list[Event] = []
        while True:
            after = events[-1].seq if events else 0
            page = await self._store.read(read_events, tenant, run_id, after, tenants=(tenant,))
            events += page
            if len(page) < EVENTS_PAGE:
                break
        if not events:
            raise UnknownRun(_unknown(tenant, run_id))
        return events

    async def stream(self, tenant: str, run_id: str, after: int) -> AsyncIterator[Piece]:
        """Give a run's streamed pieces behind ``after`` as they come, until the run has ended.

        Raises:
            UnknownRun: there is no such run.
        """
        with self._store.subscribe(f"{STREAM_TOPIC}:{run_id}", ENDED_TOPIC) as wake:
            while True:
                row = await self.row(tenant, run_id)
                pieces = await self._store.read(read_pieces, tenant, run_id, after, tenants=(tenant,))
                for piece in pieces:
                    after = piece.seq
                    yield piece
                if not pieces and row.status in ENDED:
                    return
                if not pieces:
                    await wake.wait(_LOOK_SECONDS)

    async def signal(self, tenant: str, run_id: str, name: str, body: str, *, dedupe: str | None = None) -> bool:
        """Tell a run something; False when it has ended. The same ``dedupe`` is told once.

        Raises:
            UnknownRun: there is no such run.
        """
        return await self._tell(_News(tenant, run_id, "signal", name, body, dedupe))

    async def cancel(self, tenant: str, run_id: str, reason: str) -> bool:
        """Ask a run to stop; False when it has ended.

        Raises:
            UnknownRun: there is no such run.
        """
        return await self._tell(_News(tenant, run_id, "cancel", "", reason))

    async def ended(self, tenant: str, run_id: str) -> lists.Ended:
        """Wait until a run has ended, and return how.

        Raises:
            UnknownRun: there is no such run.
        """
        await self.row(tenant, run_id)
        future: asyncio.Future[lists.Ended] = asyncio.get_running_loop().create_future()
        awaiting = self._awaited[tenant, run_id]
        awaiting.append(future)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        self._look_again()
        try:
            return await future
        finally:
            awaiting.remove(future)
            if not awaiting:
                self._awaited.pop((tenant, run_id), None)

    async def resume(self, tenant: str, run_id: str, why: str) -> None:
        """Continue a parked run.

        Raises:
            UnknownRun: there is no such run.
            Refused: the run is not parked.
        """
        status = await self._store.write(operate.resume, tenant, run_id, why, tenants=(tenant,))
        if status is None:
            raise UnknownRun(_unknown(tenant, run_id))
        if status is not Status.PARKED:
            message = f"Run {run_id} is {status}, not parked: there is nothing to resume."
            raise Refused(message)

    async def fork(self, tenant: str, run_id: str, edits: Edits, *, new_id: str) -> None:
        """Start a new run that takes over what another one has recorded, up to a step, with edits.

        What was recorded before that step counts as done and is not done again; everything after it is.

        Raises:
            UnknownRun: there is no such run.
            Refused: it has no such step, or the edits do not fit.
            RunIdTaken: the new id is taken.
        """
        events = await self.history(tenant, run_id)
        plan = plan_fork(events, edits, tenant=tenant, source=run_id, run_id=new_id)
        await self._store.write(operate.fork, plan, tenants=(tenant,))

    async def bring_in(self, row: RunRow, events: list[Event]) -> Status:
        """Enter a run that was exported from another store; one that had not ended is parked.

        Raises:
            RunIdTaken: there is a run of that id.
        """
        return await self._store.write(operate.bring_in, row, events, tenants=(row.tenant,))

    async def schedules(self, tenant: str) -> list[ScheduleRow]:
        """Return a tenant's schedules, by id."""
        return await self._store.read(schedule_rows.schedules, tenant, tenants=(tenant,))

    async def pause_schedule(self, tenant: str, schedule_id: str, *, paused: bool) -> None:
        """Stop or continue a schedule; one that continues catches up as declared.

        Raises:
            NotFound: there is no such schedule.
        """
        if not await self._store.write(_pause, tenant, schedule_id, paused, tenants=(tenant,)):
            message = f"There is no schedule {schedule_id!r} of tenant {tenant!r}. See `stratum schedules`."
            raise NotFound(message)

    async def close(self) -> None:
        """Stop watching."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        for (_, run_id), waiting in self._awaited.items():
            for future in waiting:
                if not future.done():
                    message = f"The store was closed while the end of run {run_id} was awaited; open it and ask again."
                    future.set_exception(StoreClosed(message))

    async def _tell(self, news: _News) -> bool:
        told = await self._store.write(_tell, news, tenants=(news.tenant,))
        if told is None:
            raise UnknownRun(_unknown(news.tenant, news.run_id))
        return told

    async def _watch(self) -> None:
        """One look at the store serves all who wait for an end."""
        with self._store.subscribe(ENDED_TOPIC) as wake:
            self._look_again = wake.set
            while self._awaited:
                keys = list(self._awaited)
                try:
                    found = await self._store.read(lists.endings, keys, tenants=sorted({tenant for tenant, _ in keys}))
                except Unavailable:
                    found = []
                for end in found:
                    for future in self._awaited.get((end.tenant, end.run_id), ()):
                        if not future.done():
                            future.set_result(end)
                await wake.wait(_LOOK_SECONDS)


def _pause(tx: Tx, tenant: str, schedule_id: str, paused: bool) -> bool:  # noqa: FBT001 - a transaction takes positions only
    return schedule_rows.pause(tx, tenant, schedule_id, paused=paused)


def _tell(tx: Tx, news: _News) -> bool | None:
    if tell(tx, news.tenant, news.run_id, kind=news.kind, name=news.name, body=news.body, dedupe=news.dedupe):
        return True
    return None if lists.run_row(tx, news.tenant, news.run_id) is None else False


def _unknown(tenant: str, run_id: str) -> str:
    return f"There is no run {run_id!r} of tenant {tenant!r}. See `stratum runs`."
