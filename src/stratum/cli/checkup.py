"""The check-up of one store, finding by finding: what was looked at, how bad it is, a sentence and an advice."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack
from shutil import disk_usage
from typing import NamedTuple

from stratum import App, Stratum, StratumError
from stratum.app.operations import all_checks, ask_count, ask_vitals, look, schema_of, try_writing
from stratum.cli.options import Place
from stratum.cli.words import counted, duration, listed
from stratum.kernel.clock import Clock
from stratum.kernel.health import Check, Level
from stratum.store import sqlite_path
from stratum.store.health import Vitals

_LOOKS_MAX = 1_000_000
_POSTGRES_OLDEST = 14
_SKEW_WARNING_MS = 1_000
_SKEW_ERROR_MS = 30_000
_FREE_WARNING_BYTES = 1 << 30
_FREE_ERROR_BYTES = 64 << 20
_LOG_WARNING_BYTES = 1 << 30
_MIB = 1 << 20

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


class Finding(NamedTuple):
    """One line of a check-up."""

    check: str
    level: Level
    message: str
    advice: str = ""


async def examine(place: Place, clock: Clock, progress: Progress) -> AsyncIterator[Finding]:
    """Yield what is found, one thing after the other; a store that cannot be used ends it."""
    try:
        schema = await schema_of(place.url)
        if not schema.applied:
            advice = f"Workers and starts make one ({place.command('up', 'APP')}); --store names another."
            yield Finding("store", Level.ERROR, f"There is no store at {place.shown_url}.", advice)
            return
        if schema.pending:
            message = f"It lacks {listed(schema.pending)}; the other checks need the tables up to date."
            yield Finding("schema", Level.WARNING, message, f"Bring it up to date: {place.command('migrate')}")
            return
        yield Finding("schema", Level.OK, f"Up to date, with {counted(len(schema.applied), 'migration')}.")
        async with App("stratum").open(place.url, tenant=place.tenant) as stratum:
            async for finding in _examine_open(stratum, place, clock, progress):
                yield finding
    except StratumError as error:
        yield Finding("store", Level.ERROR, error.message)


async def _examine_open(stratum: Stratum, place: Place, clock: Clock, progress: Progress) -> AsyncIterator[Finding]:
    before = clock.now()
    facts = await ask_vitals(stratum)
    after = clock.now()
    yield version_finding(facts)
    if facts.engine == "sqlite":
        yield disk_finding(place)
    else:
        yield clock_finding(max(before - facts.now, facts.now - after, 0))
        yield tenants_finding(facts)
    try:
        await try_writing(stratum)
        yield Finding("writes", Level.OK, "It takes writes.")
    except StratumError as error:
        yield Finding("writes", Level.ERROR, error.message)
    for check in all_checks():
        yield await _run(stratum, check, progress)


async def _run(stratum: Stratum, check: Check, progress: Progress) -> Finding:
    """Look, in as many parts as it takes, and say what was found."""
    wrong: list[str] = []
    seen, after = 0, None
    with ExitStack() as bar:
        advance: Callable[[int], None] | None = None
        for _ in range(_LOOKS_MAX):
            part = await look(stratum, check, after)
            wrong += part.wrong
            seen, after = seen + part.seen, part.after
            if after is None:
                break
            if advance is None:
                advance = bar.enter_context(progress(check.name, await ask_count(stratum)))
            advance(part.seen)
    if not wrong:
        return Finding(check.name, Level.OK, check.fine.format(seen=f"{seen:,}"))
    said = check.wrong.format(count=f"{len(wrong):,}", which=listed(wrong))
    return Finding(check.name, check.level, said, check.advice)


def version_finding(facts: Vitals) -> Finding:
    """Return whether the database is of a version that we work with."""
    if facts.engine == "sqlite":
        return Finding("database", Level.OK, f"SQLite {facts.version}.")
    major = facts.version.partition(".")[0]
    if major.isdigit() and int(major) < _POSTGRES_OLDEST:
        message = (
            f"PostgreSQL {facts.version} is older than {_POSTGRES_OLDEST}, the oldest that Stratum is tested with."
        )
        return Finding("database", Level.WARNING, message, "Upgrade the server.")
    return Finding("database", Level.OK, f"PostgreSQL {facts.version}.")


def clock_finding(skew_ms: int) -> Finding:
    """Return whether our clock and the server's agree."""
    if skew_ms < _SKEW_WARNING_MS:
        return Finding("clock", Level.OK, "This machine's clock and the server's agree.")
    level = Level.ERROR if skew_ms >= _SKEW_ERROR_MS else Level.WARNING
    message = f"This machine's clock and the server's are {duration(skew_ms)} apart, so timers ring early or late."
    return Finding("clock", level, message, "Keep both in time, with NTP for example.")


def tenants_finding(facts: Vitals) -> Finding:
    """Return whether the database itself keeps tenants apart."""
    if facts.open_tables:
        message = f"Row-level security does not cover {listed(facts.open_tables)}."
        advice = "Somebody has switched it off: ALTER TABLE ... ENABLE, and FORCE, ROW LEVEL SECURITY."
        return Finding("tenants", Level.ERROR, message, advice)
    if facts.unbound:
        message = f"The role {facts.role} is a superuser or has BYPASSRLS, so only our queries keep tenants apart."
        advice = "Connect as an ordinary role, or let this one become stratum_engine (GRANT stratum_engine TO it)."
        return Finding("tenants", Level.WARNING, message, advice)
    if facts.owns:
        message = f"The role {facts.role} owns the tables, and so could switch row-level security off."
        advice = "Connect as a role that is a member of stratum_engine and owns nothing."
        return Finding("tenants", Level.WARNING, message, advice)
    return Finding("tenants", Level.OK, f"Row-level security binds the role {facts.role}, which owns no table.")


def disk_finding(place: Place) -> Finding:
    """Return whether the disk has room, and whether the write-ahead log is short."""
    path = sqlite_path(place.url).absolute()
    free = disk_usage(path.parent).free
    log = path.with_name(f"{path.name}-wal")
    logged = log.stat().st_size if log.exists() else 0
    sizes = f"The file has {_mib(path.stat().st_size)}, its log {_mib(logged)}; {_mib(free)} are free."
    if free < _FREE_WARNING_BYTES:
        level = Level.ERROR if free < _FREE_ERROR_BYTES else Level.WARNING
        return Finding("disk", level, sizes, "Make room: a full disk stops every worker.")
    if logged > _LOG_WARNING_BYTES:
        advice = "Something keeps an old read open: close what has the file open for long, such as a database browser."
        return Finding("disk", Level.WARNING, sizes, advice)
    return Finding("disk", Level.OK, sizes)


def _mib(size: int) -> str:
    return f"{size / _MIB:,.1f} MiB"
