"""Open an app and work, in one line, with options that suit tests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from stratum.app import App, Handle, Stratum
from stratum.runs import Event, Kind, Status
from stratum.testing.waiting import eventually

QUICK: dict[str, Any] = {"linger_seconds": 0.01, "beat_seconds": 30.0, "lease_ms": 600_000, "drain_seconds": 5.0}
"""A worker that puts runs to sleep at once, and is never taken for dead because the machine is busy."""


@asynccontextmanager
async def working(app: App, url: str, **options: Any) -> AsyncGenerator[Stratum]:
    """Open ``app`` on a store with one worker."""
    async with app.open(url) as stratum, stratum.worker(**{**QUICK, **options}):
        yield stratum


async def settled(handle: Handle[Any], status: Status) -> None:
    """Wait until a run has a status."""

    async def has() -> bool:
        return (await handle.status()).status is status

    await eventually(has, what=f"run {handle.id} is {status}")


async def recorded(handle: Handle[Any], key: str) -> Event:
    """Wait until a run has recorded the result of a call, and return it."""

    async def found() -> Event | None:
        closing = {Kind.STEP, Kind.STEP_FAILED}
        return next((event for event in await handle.history() if event.key == key and event.kind in closing), None)

    event = await eventually(found, what=f"run {handle.id} has recorded {key}")
    assert event is not None
    return event
