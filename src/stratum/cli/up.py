"""``stratum up``: execute an app's runs, in this process or in several."""

import asyncio
import logging
from contextlib import nullcontext
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from stratum import App
from stratum.cli.exits import DONE
from stratum.cli.logs import log_to_stderr
from stratum.cli.options import Place, Store
from stratum.cli.stopping import kill_ourselves, leave_within, orphaned, stopping
from stratum.cli.supervisor import Supervisor
from stratum.cli.target import load_app
from stratum.cli.words import counted, listed

WORKERS_MAX = 64
_LEAVE_SECONDS = 5.0
"""How long a drained process may still take to end: its runs are handed back, so nothing is lost by then."""

_log = logging.getLogger("stratum.up")


def up(
    app: Annotated[str, Parameter(help="module, or module:attribute where it has several apps.")],
    /,
    *,
    workers: Annotated[int, Parameter(help="How many processes.", validator=Number(gte=1, lte=WORKERS_MAX))] = 1,
    supervised: Annotated[int, Parameter(show=False)] = 0,
    store: Store = None,
) -> int:
    """Execute an app's runs."""
    place = Place(store=store)
    log_to_stderr(f"worker {supervised}" if supervised else "")
    found = load_app(app)
    if workers > 1:
        return asyncio.run(_supervise(app, found, place, workers))
    return asyncio.run(_work(found, place, supervised=bool(supervised)))


async def _supervise(name: str, app: App, place: Place, workers: int) -> int:
    supervisor = Supervisor(name, place.url, workers)
    with stopping(again=supervisor.kill) as stop:
        # Whatever is wrong with the store is told once, before many processes would say it each.
        async with app.open(place.url) as stratum:
            _say_migrated(stratum.migrated, place)
        _log.info("starting %d worker processes for %s on %s; Ctrl-C stops them", workers, app.name, place.shown_url)
        return await supervisor.run(stop)


async def _work(app: App, place: Place, *, supervised: bool) -> int:
    with stopping(again=kill_ourselves) as stop:
        async with app.open(place.url) as stratum:
            _say_migrated(stratum.migrated, place)
            async with stratum.worker() as worker:
                _log.info("%s takes runs of %s: %s", worker.id, app.name, listed(sorted(app.agents), most=10))
                if not supervised:
                    _log.info("the store is %s; Ctrl-C stops it", place.shown_url)
                with orphaned(stop.ask) if supervised else nullcontext():
                    await stop.asked.wait()
                _say_stopping(worker.busy, worker.options.drain_seconds)
            # Everything is handed back: whatever threads of steps still hang, this process is about to be gone.
            leave_within(_LEAVE_SECONDS, DONE)
        _log.info("stopped")
    return DONE


def _say_stopping(runs: int, seconds: float) -> None:
    if runs:
        _log.info("stopping: %s may finish a step, for %g s; once more kills", counted(runs, "run"), seconds)


def _say_migrated(migrated: tuple[str, ...], place: Place) -> None:
    if migrated:
        _log.info("%s: applied %s", place.shown_url, listed(migrated, most=10))
