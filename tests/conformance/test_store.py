"""Both databases pass the suite that Stratum ships for stores, and the suite notices a store that is broken."""

from collections.abc import Callable, Sequence

import pytest

from stratum.store import Migration, Session, Store, Tx
from stratum.testing import ROW_SECURITY_CHECKS, STORE_CHECKS, Check, Site
from stratum.testing.store_suite import offences, tenants, transactions, wakeups


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
async def test_a_store_keeps_its_promises(check: Check, store_url: str) -> None:
    async with Site(store_url) as site:
        await check(site)


@pytest.mark.parametrize("check", ROW_SECURITY_CHECKS, ids=lambda check: check.__name__)
async def test_postgres_keeps_tenants_apart(check: Check, postgres_url: str) -> None:
    async with Site(postgres_url) as site:
        await check(site)


class _Broken:
    """A session that breaks one promise."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.rollback = session.rollback
        self.savepoint = session.savepoint
        self.release = session.release
        self.undo = session.undo
        self.close = session.close
        self.give_up = session.give_up
        self.others_committed = session.others_committed
        self.translate = session.translate

    def begin(self, tenants: frozenset[str], *, flush: bool) -> Tx:
        return self.session.begin(tenants, flush=flush)

    def commit(self) -> list[str]:
        return self.session.commit()


class _Forgets(_Broken):
    """It acknowledges what it does not keep."""

    def commit(self) -> list[str]:
        self.session.rollback()
        return []


class _UndoesNothing(_Broken):
    """It keeps what the offender of a batch has done."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.undo = session.release


class _KeepsAll(_Broken):
    """It commits where it should undo."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.rollback = self._commit

    def _commit(self) -> None:
        try:
            self.session.commit()
        except Exception:  # noqa: BLE001 - there may be nothing to commit
            self.session.rollback()


class _WakesNobody(_Broken):
    """It loses the topics."""

    def commit(self) -> list[str]:
        self.session.commit()
        return []


class _WakesForNothing(_Broken):
    """It wakes for what was undone."""

    def commit(self) -> list[str]:
        return [*self.session.commit(), "failed"]


class _SeesAll(_Broken):
    """It lets every transaction see everybody."""

    def begin(self, tenants: frozenset[str], *, flush: bool) -> Tx:
        return super().begin(tenants | {"acme", "globex", "third"}, flush=flush)


class _BrokenSite(Site):
    """A site whose stores are broken."""

    def __init__(self, url: str, broken: Callable[[Session], Session]) -> None:
        super().__init__(url)
        self._broken = broken

    async def open(
        self,
        *,
        migrations: Sequence[Migration] | None = None,
        around: Callable[[Session], Session] | None = None,
        busy_seconds: float = 10.0,
    ) -> Store:
        return await super().open(migrations=migrations, around=around or self._broken, busy_seconds=busy_seconds)


MUTANTS: list[tuple[type[_Broken], Check]] = [
    (_Forgets, transactions.a_write_is_kept_when_its_result_comes),
    (_UndoesNothing, offences.only_the_offender_fails),
    (_KeepsAll, offences.a_function_that_ran_twice_has_worked_once),
    (_WakesNobody, wakeups.a_hint_comes_after_its_commit),
    (_WakesForNothing, wakeups.nothing_is_hinted_of_what_was_undone),
]


@pytest.mark.parametrize(("broken", "check"), MUTANTS, ids=[broken.__name__ for broken, _ in MUTANTS])
async def test_the_suite_notices_a_broken_store(
    broken: type[_Broken], check: Check, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "_SOON", 0.5)
    with pytest.raises(AssertionError):
        async with _BrokenSite(sqlite_url, broken) as site:
            await check(site)


async def test_the_suite_notices_a_store_that_shows_everybody(postgres_url: str) -> None:
    with pytest.raises(AssertionError):
        async with _BrokenSite(postgres_url, _SeesAll) as site:
            await tenants.without_a_tenant_nothing_is_seen(site)
