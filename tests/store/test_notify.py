import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum.kernel.clock import SystemClock
from stratum.store.migrate_postgres import migrate_postgres
from stratum.store.notify import Notifier, channel_of, payloads
from stratum.store.open import STORE_MIGRATIONS
from stratum.testing import eventually
from tests.postgres_server import PostgresServer
from tests.store.raw import postgres

_LONG = 20.0
_TOPIC = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200)

Heard = SimpleQueue[Sequence[str] | None]
Begin = Callable[[str], tuple[Notifier, Heard]]


@pytest.fixture
def url(postgres_url: str) -> str:
    """A schema whose connections the server knows by a name of their own."""
    migrate_postgres(postgres_url, STORE_MIGRATIONS)
    return f"{postgres_url}&application_name={postgres_url.rpartition('=')[2]}"


@pytest.fixture
def begin(url: str) -> Iterator[Begin]:
    """Start notifiers, each when it listens."""
    notifiers: list[Notifier] = []

    def started(sender: str) -> tuple[Notifier, Heard]:
        heard: Heard = SimpleQueue()
        notifier = Notifier(url, sender, heard.put)
        notifiers.append(notifier)
        # Whoever begins to listen does not know what came before.
        assert heard.get(timeout=_LONG) is None
        return notifier, heard

    yield started
    for notifier in notifiers:
        notifier.close()


@given(st.lists(_TOPIC, max_size=400))
def test_topics_are_packed_into_one_payload_that_fits(topics: list[str]) -> None:
    packed = payloads("process_1", topics)
    assert len(packed) == (1 if topics else 0)
    for payload in packed:
        sender, *found = payload.split("\n")
        assert sender == "process_1"
        assert len(payload.encode()) < 8_000
        assert found in (topics, ["*"])


def test_too_many_topics_wake_everybody() -> None:
    assert payloads("p", [f"topic-{number}" for number in range(1_000)]) == ["p\n*"]


def test_a_channel_fits_a_name_of_postgres() -> None:
    assert len(channel_of("a" * 48)) <= 63


def test_others_hear_and_the_sender_does_not(begin: Begin) -> None:
    first, heard_by_first = begin("first")
    _, heard_by_second = begin("second")
    first.send(["ready", "ended"])
    assert heard_by_second.get(timeout=_LONG) == ["ready", "ended"]
    second_again, _ = begin("first")
    second_again.send(["more"])
    assert heard_by_second.get(timeout=_LONG) == ["more"]
    assert heard_by_first.empty()


def test_too_many_topics_are_heard_as_anything(begin: Begin) -> None:
    first, _ = begin("first")
    _, heard = begin("second")
    first.send([f"topic-{number}" for number in range(3_000)])
    while (topics := heard.get(timeout=_LONG)) is not None:
        assert set(topics) <= {f"topic-{number}" for number in range(3_000)}


def _end_connections(url: str, query: str) -> None:
    """End this test's connections whose last statement began so."""
    name = url.rpartition("=")[2]
    with postgres(url) as connection:
        ended = connection.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE application_name = %s AND query LIKE %s AND pid <> pg_backend_pid()",
            (name, f"{query}%"),
        ).fetchone()
    assert ended is not None
    assert ended[0] >= 1


def test_a_listener_that_lost_its_connection_looks_for_itself(begin: Begin, url: str) -> None:
    first, _ = begin("first")
    _, heard = begin("second")
    _end_connections(url, "LISTEN")
    assert heard.get(timeout=_LONG) is None
    first.send(["ready"])
    assert heard.get(timeout=_LONG) == ["ready"]


def test_a_sender_that_lost_its_connection_sends_on_another(begin: Begin, url: str) -> None:
    first, _ = begin("first")
    _, heard = begin("second")
    first.send(["one"])
    assert heard.get(timeout=_LONG) == ["one"]
    _end_connections(url, "SELECT pg_notify")
    first.send(["two"])
    assert heard.get(timeout=_LONG) == ["two"]


def test_an_idle_listener_asks_whether_the_other_end_is_still_there(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratum.store.notify._PROBE_SECONDS", 0.05)
    heard: Heard = SimpleQueue()
    listener = Notifier(url, "first", heard.put)
    sender = Notifier(url, "second", lambda _topics: None)
    assert heard.get(timeout=_LONG) is None
    with postgres(url) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND query = 'SELECT 1'"
        while connection.execute(asked, (url.rpartition("=")[2],)).fetchone() == (0,):
            assert heard.empty()
    sender.send(["ready"])
    assert heard.get(timeout=_LONG) == ["ready"]
    listener.close()
    sender.close()


def test_closing_is_quick_and_leaves_no_thread(url: str) -> None:
    clock = SystemClock()
    before = set(threading.enumerate())
    for _ in range(3):
        heard: Heard = SimpleQueue()
        notifier = Notifier(url, "first", heard.put)
        heard.get(timeout=_LONG)
        notifier.send(["ready"])
        began = clock.monotonic()
        notifier.close()
        assert clock.monotonic() - began < 0.9
    assert set(threading.enumerate()) <= before


def test_what_waits_when_it_closes_is_sent(begin: Begin, url: str) -> None:
    _, heard = begin("second")
    notifier = Notifier(url, "first", lambda _topics: None)
    notifier.send(["last"])
    notifier.close()
    assert heard.get(timeout=_LONG) == ["last"]


@pytest.mark.slow
async def test_a_server_that_comes_back_is_found_again(private_postgres: PostgresServer) -> None:
    migrate_postgres(private_postgres.dsn, STORE_MIGRATIONS)
    heard: Heard = SimpleQueue()
    sender = Notifier(private_postgres.dsn, "first", lambda _topics: None)
    listener = Notifier(private_postgres.dsn, "second", heard.put)
    assert heard.get(timeout=_LONG) is None
    private_postgres.restart("immediate")
    assert heard.get(timeout=_LONG) is None

    def sent() -> bool:
        sender.send(["ready"])
        return not heard.empty()

    assert await eventually(sent, within=_LONG)
    assert set(heard.get(timeout=_LONG) or ()) == {"ready"}
    private_postgres.stop()
    sender.close()
    listener.close()
