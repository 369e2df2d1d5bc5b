"""What those who look after a store ask of it, beyond what authors of agents do."""

from dataclasses import dataclass
from typing import Any

from stratum.app.application import migrations
from stratum.app.capabilities import CAPABILITIES
from stratum.app.opened import Stratum
from stratum.kernel.health import Check, Look
from stratum.runs import Event
from stratum.runs.rows.events import read_events
from stratum.runs.rows.health import count_runs, live_workers, takes
from stratum.store import STORE_MIGRATIONS, applied_migrations, pending
from stratum.store.health import Vitals, vitals, write_nothing


@dataclass(frozen=True, slots=True)
class Schema:
    """How far a store's tables are."""

    applied: tuple[str, ...]
    """The migrations that the store has had, as ``runs/0001``; none where there is no store yet."""
    pending: tuple[str, ...]
    """The migrations that it still needs, as ``runs/0001_create``."""


async def schema_of(url: str) -> Schema:
    """Return how far a store's tables are, changing nothing.

    Raises:
        InvalidInput: the URL is not of a known form.
        StoreNewer: a newer Stratum made the database.
        Unavailable: the database cannot be used now.
    """
    applied = await applied_migrations(url)
    todo = pending((*STORE_MIGRATIONS, *migrations()), applied)
    return Schema(
        tuple(f"{past.capability}/{past.number:04}" for past in applied), tuple(migration.label for migration in todo)
    )


async def events_after(stratum: Stratum, run_id: str, seq: int) -> list[Event]:
    """Return what a run's journal holds behind ``seq``, at most 5,000 events."""
    tenant = stratum.tenant_name
    return await stratum.store.read(read_events, tenant, run_id, seq, tenants=(tenant,))


async def is_taken(stratum: Stratum, queue: str, agent: str) -> bool:
    """Return whether a living worker takes the runs of an agent in a queue."""
    return any(takes(worker, queue, agent) for worker in await stratum.store.read(live_workers))


async def ask_vitals(stratum: Stratum) -> Vitals:
    """Return what the database says about itself."""
    return await stratum.store.read(vitals)


async def try_writing(stratum: Stratum) -> None:
    """Do what a write does, and change nothing.

    Raises:
        Unavailable: the store takes no writes now.
    """
    await stratum.store.write(write_nothing, tenants=(stratum.tenant_name,))


async def ask_count(stratum: Stratum) -> int:
    """Return how many runs a whole check-up looks at."""
    return await stratum.store.read(count_runs, tenants=(stratum.tenant_name,))


async def look(stratum: Stratum, check: Check, after: Any) -> Look:  # noqa: ANN401 - a place that only the check reads
    """Return what a check finds in its next part."""
    return await stratum.store.read(check.look, after, tenants=(stratum.tenant_name,))


def all_checks() -> list[Check]:
    """Return the checks of all capabilities."""
    return [check for capability in CAPABILITIES for check in capability.checks]
