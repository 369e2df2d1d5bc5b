"""A worker's desk without a worker: takes runs and appends to them, one transaction at a time."""

import asyncio
from typing import Any

from stratum import App, Handle, Run, Stratum
from stratum.runs import Append, Draft, Kind, QueueLimits
from stratum.runs.records import Fence, Release
from stratum.runs.rows import lease
from stratum.runs.rows.append import append_each
from stratum.runs.rows.claim import Claim
from stratum.runs.rows.take import Taken, take
from stratum.store import Tx

LEASE_MS = 600_000
LANES = [("default", "stay")]

app = App("rows")


@app.agent()
async def stay(run: Run, number: int = 0) -> None:
    """Never executed here: the tests do by hand what a worker does."""
    await run.step("hold", asyncio.Event().wait)


class Desk:
    """One worker's place in the store."""

    def __init__(self, stratum: Stratum, worker: str = "worker_a") -> None:
        self.stratum, self.worker = stratum, worker

    async def join(self, *, pid: int = 1, lease_ms: int = LEASE_MS) -> None:
        host, build, lanes = "elsewhere", "source", "[]"
        row = lease.WorkerRow(self.worker, host, pid, 1, build, 0, lease_ms, lanes)
        await self.stratum.store.write(lease.join, row)

    async def start(self, run_id: str, **options: Any) -> Handle[None]:
        return await self.stratum.start(stay, id=run_id, **options)

    async def look(self, free: int = 100) -> Taken:
        unlimited: dict[str, QueueLimits] = {}
        return await self.stratum.store.write(take, self.worker, LANES, free, unlimited)

    async def take(self, free: int = 100) -> dict[str, Claim]:
        return {claim.run.fence.run_id: claim for claim in (await self.look(free)).claims}

    async def append(self, append: Append) -> int:
        committing = self.stratum.store.write_each(_append_each, append, tenants=(append.fence.tenant,))
        head: int = await committing
        return head


def _append_each(tx: Tx, appends: list[Append]) -> list[int | BaseException]:
    return append_each(tx, appends)


def adding(fence: Fence, head: int, *bodies: str, release: Release | None = None, inbox: int = 0) -> Append:
    drafts = tuple(Draft(Kind.STEP, f"act#{head + n}", head + n, "h", body) for n, body in enumerate(bodies))
    return Append(fence, head, drafts, release=release, inbox=inbox)
