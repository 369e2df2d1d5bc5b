import functools
from collections.abc import Callable
from typing import Any

import pytest

from stratum.kernel.errors import StratumError
from stratum.store.batch import BATCH_MAX, Entry, Outcome, Session, fail_all, run_batch
from stratum.store.errors import CommitUnknown, StoreBusy, TransactionAbused
from stratum.store.tx import Tx
from stratum.testing import Faults
from stratum.testing.store_suite.rows import TENANT, Item, Q, ids, put, put_and_wake, put_each


def _entry(
    function: Callable[..., Any], *arguments: object, each: bool = False, flush: bool = True, tenant: str = TENANT
) -> Entry:
    return Entry(function, arguments, each=each, flush=flush, tenants=(tenant,), done=lambda _value, _error: None)


def _fail(_tx: Tx) -> None:
    message = "mine"
    raise ValueError(message)


def _remove(tx: Tx, id: int) -> None:
    tx.run(Q.remove_item, tenant=TENANT, id=id)


def _values(outcomes: list[Outcome]) -> list[object]:
    return [outcome.error or outcome.value for outcome in sorted(outcomes, key=lambda one: one.entry.arguments)]


class _Watched:
    """Notes how transactions begin and what is undone."""

    def __init__(self, session: Session) -> None:
        self.begun: list[tuple[frozenset[str], bool]] = []
        self.steps: list[str] = []
        self._session = session
        for name in ("savepoint", "release", "undo", "rollback", "commit"):
            setattr(self, name, functools.partial(self._step, name))
        self.close, self.translate = session.close, session.translate

    def begin(self, tenants: frozenset[str], *, flush: bool) -> Tx:
        self.begun.append((tenants, flush))
        return self._session.begin(tenants, flush=flush)

    def _step(self, name: str) -> object:
        self.steps.append(name)
        return getattr(self._session, name)()


def _watched(session: Session) -> tuple[Any, _Watched]:
    watched = _Watched(session)
    return watched, watched


def test_a_batch_is_one_transaction(session: Session) -> None:
    passed, watched = _watched(session)
    outcomes, topics = run_batch(
        passed, [_entry(put, Item(1)), _entry(put_and_wake, Item(2), "ready"), _entry(put_each, Item(3), each=True)]
    )
    assert watched.steps == ["commit"]
    assert topics == ["ready"]
    assert [outcome.error for outcome in outcomes] == [None, None, None]
    assert _values(run_batch(session, [_entry(ids)])[0]) == [[1, 2, 3]]


def test_a_batch_sees_the_tenants_of_its_items(session: Session) -> None:
    passed, watched = _watched(session)
    run_batch(passed, [_entry(ids, tenant="a"), _entry(ids, tenant="b"), _entry(ids, tenant="a")])
    assert watched.begun == [(frozenset({"a", "b"}), True)]


@pytest.mark.parametrize(("flushes", "flushed"), [((False, False), False), ((False, True), True), ((True,), True)])
def test_a_batch_is_flushed_when_one_of_its_items_must_be(
    session: Session, flushes: tuple[bool, ...], *, flushed: bool
) -> None:
    passed, watched = _watched(session)
    run_batch(passed, [_entry(put, Item(place), flush=flush) for place, flush in enumerate(flushes)])
    assert [flush for _, flush in watched.begun] == [flushed]


def test_of_a_batch_that_fails_only_the_offender_is_undone(session: Session) -> None:
    passed, watched = _watched(session)
    outcomes, _ = run_batch(passed, [_entry(put, Item(1)), _entry(_fail), _entry(put, Item(2))])
    assert watched.steps == ["rollback", "savepoint", "release", "savepoint", "undo", "savepoint", "release", "commit"]
    assert [outcome.value for outcome in outcomes] == [1, None, 2]
    assert isinstance(outcomes[1].error, ValueError)


def test_the_topics_of_what_was_undone_are_not_woken(session: Session) -> None:
    def wake_and_fail(tx: Tx) -> None:
        tx.wake("bad")
        _fail(tx)

    _, topics = run_batch(
        session, [_entry(put_and_wake, Item(1), "one"), _entry(wake_and_fail), _entry(put_and_wake, Item(2), "two")]
    )
    assert topics == ["one", "two"]


def test_a_single_write_that_fails_is_not_run_again(session: Session) -> None:
    calls: list[int] = []

    def fail(tx: Tx) -> None:
        calls.append(1)
        _fail(tx)

    outcomes, topics = run_batch(session, [_entry(fail)])
    assert isinstance(outcomes[0].error, ValueError)
    assert (len(calls), topics) == (1, [])


def test_sets_run_by_the_name_of_their_function_before_single_writes(session: Session) -> None:
    order: list[str] = []

    def b_second(_tx: Tx, items: list[int]) -> list[int]:
        order.append("b")
        return items

    def a_first(_tx: Tx, items: list[int]) -> list[int]:
        order.append("a")
        return items

    def single(_tx: Tx) -> None:
        order.append("single")

    entries = [_entry(single), _entry(b_second, 1, each=True), _entry(a_first, 2, each=True)]
    run_batch(session, entries)
    run_batch(session, entries[::-1])
    assert order == ["a", "b", "single"] * 2


def test_a_function_without_a_name_can_be_set_based(session: Session) -> None:
    class Adder:
        def __call__(self, tx: Tx, items: list[Item]) -> list[int | BaseException]:
            return put_each(tx, items)

    outcomes, _ = run_batch(
        session,
        [
            _entry(functools.partial(put_each), Item(1), each=True),
            _entry(Adder(), Item(2), each=True),
            _entry(put, Item(3)),
        ],
    )
    assert sorted(outcome.value for outcome in outcomes) == [1, 2, 3]


def test_a_function_that_lets_a_failed_statement_pass_is_not_acknowledged_in_vain(session: Session) -> None:
    def careless(tx: Tx) -> str:
        put(tx, Item(2))
        try:
            put(tx, Item(1))
        except Exception:  # noqa: BLE001 - what this is about
            return "fine"
        return "never"

    run_batch(session, [_entry(put, Item(1))])
    for entries in ([_entry(careless)], [_entry(put, Item(8)), _entry(careless), _entry(put, Item(9))]):
        outcomes, _ = run_batch(session, entries)
        answer = outcomes[len(entries) // 2]
        kept: Any = run_batch(session, [_entry(ids)])[0][0].value
        # PostgreSQL undoes all of a transaction in which a statement failed, SQLite that statement.
        assert (2 in kept) == (answer.error is None)
        if 2 in kept:
            run_batch(session, [_entry(_remove, 2)])
    assert run_batch(session, [_entry(ids)])[0][0].value == [1, 8, 9]


def test_a_commit_that_fails_is_nobodys_success(session: Session) -> None:
    faults = Faults()
    for turn in (1, 2):
        faults.at("commit", lambda: _fail(None), nth=turn)  # type: ignore[arg-type]  # it needs no transaction
    outcomes, _ = run_batch(faults.around(session), [_entry(put, Item(1)), _entry(put, Item(2))])
    assert all(isinstance(outcome.error, ValueError) for outcome in outcomes)
    assert run_batch(session, [_entry(ids)])[0][0].value == []


def test_an_unavailable_database_is_nobodys_own_fault(session: Session) -> None:
    faults = Faults()
    faults.fail("begin", StoreBusy("It is held."))
    with pytest.raises(StoreBusy, match="It is held"):
        run_batch(faults.around(session), [_entry(put, Item(1))])


def test_an_error_that_a_function_borrows_from_the_store_is_its_own(session: Session) -> None:
    def borrow(_tx: Tx) -> None:
        message = "The function's own."
        raise StoreBusy(message)

    outcomes, _ = run_batch(session, [_entry(put, Item(1)), _entry(borrow)])
    assert outcomes[0].value == 1
    assert isinstance(outcomes[1].error, StoreBusy)


def test_each_who_waits_gets_an_error_of_its_own() -> None:
    cause = OSError("disk")
    error = StoreBusy("It is held.")
    error.__cause__ = cause
    outcomes = fail_all([_entry(ids), _entry(ids)], error)
    first, second = (outcome.error for outcome in outcomes)
    assert first is not second
    for told in (first, second):
        assert isinstance(told, StoreBusy)
        assert (told.message, told.__cause__) == ("It is held.", cause)


def test_results_of_the_wrong_number_name_the_function(session: Session) -> None:
    def short(_tx: Tx, _items: list[int]) -> list[int]:
        return []

    outcomes, _ = run_batch(session, [_entry(short, 1, each=True)])
    assert isinstance(outcomes[0].error, TransactionAbused)
    assert "short returned 0 results for 1 items" in str(outcomes[0].error)


def test_the_largest_batch_fits_both_databases(session: Session) -> None:
    outcomes, _ = run_batch(session, [_entry(put_each, Item(number), each=True) for number in range(BATCH_MAX)])
    assert [outcome.value for outcome in outcomes] == list(range(BATCH_MAX))


def test_errors_of_a_store_say_whether_anything_can_have_been_kept() -> None:
    assert issubclass(CommitUnknown, StratumError)
    assert CommitUnknown.code == "commit_unknown"
