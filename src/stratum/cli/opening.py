"""Opening a store for a command, and finding a run in it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from difflib import get_close_matches

from stratum import App, RunRow, Stratum, UnknownRun
from stratum.app.operations import schema_of
from stratum.cli.errors import NoStore, StoreBehind
from stratum.cli.options import Place
from stratum.cli.words import counted

_LOOKED_THROUGH = 1_000
_SUGGESTIONS_MAX = 3
_LIKENESS = 0.75


@asynccontextmanager
async def open_existing(place: Place) -> AsyncGenerator[Stratum]:
    """Open a store that is there and up to date; neither makes nor migrates one.

    Raises:
        NoStore: there is none.
        StoreBehind: it must be migrated first.
        Unavailable, StoreNewer, StoreUnsuitable: it cannot be used.
    """
    schema = await schema_of(place.url)
    if not schema.applied:
        message = (
            f"There is no store at {place.shown_url}. `{place.command('up', 'APP')}` and `stratum start` make one; "
            "--store or STRATUM_STORE names another."
        )
        raise NoStore(message)
    if schema.pending:
        message = (
            f"The store at {place.shown_url} was made by an older Stratum and lacks "
            f"{counted(len(schema.pending), 'migration')}. Bring it up to date: {place.command('migrate')}"
        )
        raise StoreBehind(message)
    async with App("stratum").open(place.url, tenant=place.tenant) as stratum:
        yield stratum


async def find_run(stratum: Stratum, place: Place, run_id: str) -> RunRow:
    """Return a run's state.

    Raises:
        UnknownRun: there is no such run; the message suggests those with a similar id.
    """
    try:
        return await stratum.handle(run_id).status()
    except UnknownRun:
        rows = await stratum.list(limit=_LOOKED_THROUGH)
        near = nearest(run_id, [row.id for row in rows])
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        message = f"There is no run {run_id!r} of tenant {place.tenant!r}.{meant} The list: {place.command('runs')}"
        raise UnknownRun(message) from None


def nearest(given: str, known: list[str]) -> list[str]:
    """Return the few of ``known`` that ``given`` may have meant: a part of them, or nearly the same."""
    inside = [name for name in known if given and given in name]
    if inside:
        return inside[:_SUGGESTIONS_MAX]
    return get_close_matches(given, known, n=_SUGGESTIONS_MAX, cutoff=_LIKENESS)
