from collections.abc import Callable
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest

from stratum.store.batch import Entry, Outcome, Session
from stratum.store.errors import StoreReadOnly, StoreUnreachable
from stratum.store.threads import DatabaseThread, Inbox
from stratum.store.tx import Tx
from stratum.testing import Faults
from stratum.testing.store_suite.rows import TENANT, Item, ids, put
from tests.store.conftest import Connect

_LONG = 20.0

Delivered = SimpleQueue[tuple[list[Outcome], list[str]]]


def _entry(function: Callable[..., Any], *arguments: object) -> Entry:
    return Entry(function, arguments, each=False, flush=True, tenants=(TENANT,), done=lambda _value, _error: None)


class _Thread:
    """A database thread, its inbox, and what it delivers."""

    def __init__(self, connect: Callable[[], Session], **options: Any) -> None:
        self.inbox: Inbox = SimpleQueue()
        self.delivered: Delivered = SimpleQueue()
        self.thread = DatabaseThread("test", self.inbox, connect, self._deliver, **options)

    def _deliver(self, outcomes: list[Outcome], topics: list[str]) -> None:
        self.delivered.put((outcomes, topics))

    def ask(self, *entries: Entry) -> list[object]:
        self.inbox.put(list(entries))
        return self.answers()

    def answers(self) -> list[object]:
        outcomes, _ = self.delivered.get(timeout=_LONG)
        return [outcome.error or outcome.value for outcome in outcomes]

    def end(self) -> None:
        self.inbox.put(None)
        assert self.thread.join(_LONG)


def test_it_connects_when_there_is_something_to_do_and_closes_at_the_end(connect: Connect) -> None:
    made: list[Session] = []

    def connecting() -> Session:
        made.append(connect())
        return made[-1]

    thread = _Thread(connecting)
    assert made == []
    assert thread.ask(_entry(put, Item(1))) == [1]
    assert thread.ask(_entry(ids)) == [[1]]
    thread.end()
    assert len(made) == 1
    with pytest.raises(Exception, match=r"closed|negative"):
        made[0].begin(frozenset(), flush=True)


def test_what_waits_is_taken_together_up_to_a_bound(connect: Connect) -> None:
    inside, go_on = Event(), Event()

    def wait(_tx: Tx) -> None:
        inside.set()
        assert go_on.wait(_LONG)

    thread = _Thread(connect, batch_max=3)
    thread.inbox.put([_entry(wait)])
    assert inside.wait(_LONG)
    for number in range(5):
        thread.inbox.put([_entry(put, Item(number))])
    thread.inbox.put([_entry(put, Item(number)) for number in range(5, 10)])
    go_on.set()
    assert [len(thread.answers()) for _ in range(5)] == [1, 3, 3, 3, 1]
    thread.end()


def test_what_was_asked_before_the_end_is_done(connect: Connect) -> None:
    thread = _Thread(connect)
    for number in range(5):
        thread.inbox.put([_entry(put, Item(number))])
    thread.end()
    answers: list[object] = []
    while not thread.delivered.empty():
        answers += thread.answers()
    assert answers == list(range(5))


@pytest.mark.parametrize("error", [StoreUnreachable("It is gone."), OSError("the driver's own"), MemoryError()])
def test_who_asks_while_there_is_no_connection_is_told_and_the_thread_tries_again(
    connect: Connect, error: Exception
) -> None:
    errors = [error, error]

    def connecting() -> Session:
        if errors:
            raise errors.pop()
        return connect()

    thread = _Thread(connecting)
    for _ in range(2):
        answers = thread.ask(_entry(ids), _entry(ids))
        assert [type(answer) for answer in answers] == [type(error)] * 2
    assert thread.ask(_entry(put, Item(1))) == [1]
    thread.end()


@pytest.mark.parametrize("kind", [StoreUnreachable, StoreReadOnly])
def test_a_batch_moves_to_a_new_connection_once(connect: Connect, kind: type[StoreUnreachable | StoreReadOnly]) -> None:
    faults = Faults()
    made: list[Session] = []

    def connecting() -> Session:
        made.append(faults.around(connect()))
        return made[-1]

    thread = _Thread(connecting)
    assert thread.ask(_entry(put, Item(1))) == [1]
    faults.fail("commit", kind("It is elsewhere."))
    assert thread.ask(_entry(put, Item(2)), _entry(put, Item(3))) == [2, 3]
    assert len(made) == 2
    for turn in (1, 2):
        faults.fail("commit", kind("It is elsewhere."), nth=turn)
    assert [type(answer) for answer in thread.ask(_entry(put, Item(4)))] == [kind]
    assert thread.ask(_entry(ids)) == [[1, 2, 3]]
    thread.end()


class _Lookout:
    """Looks when told to, and fails when told to."""

    def __init__(self) -> None:
        self.wants = True
        self.fails = False
        self.looked = Event()

    def wanted(self) -> bool:
        return self.wants

    def look(self, _session: Session) -> None:
        self.looked.set()
        if self.fails:
            message = "the look failed"
            raise RuntimeError(message)


def test_an_idle_thread_looks_around_while_somebody_wants_it(connect: Connect) -> None:
    lookout = _Lookout()
    thread = _Thread(connect, lookout=lookout)
    for lookout.fails in (False, True, False):
        lookout.looked.clear()
        assert lookout.looked.wait(_LONG)
    lookout.wants = False
    assert thread.ask(_entry(put, Item(1))) == [1]
    lookout.looked.clear()
    assert thread.ask(_entry(ids)) == [[1]]
    assert not lookout.looked.is_set()
    lookout.wants = True
    thread.inbox.put([])
    assert lookout.looked.wait(_LONG)
    thread.end()


def test_a_look_that_cannot_connect_ends_nothing(connect: Connect) -> None:
    tried = Event()
    errors = [OSError("no"), OSError("no")]

    def connecting() -> Session:
        if errors:
            raise errors.pop()
        tried.set()
        return connect()

    thread = _Thread(connecting, lookout=_Lookout())
    assert tried.wait(_LONG)
    assert thread.ask(_entry(put, Item(1))) == [1]
    thread.end()
