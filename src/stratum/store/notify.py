"""Wake-ups between processes on PostgreSQL: NOTIFY from a connection of its own, never inside a hot transaction."""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Thread

import psycopg

from stratum.kernel.errors import StratumError
from stratum.store.postgres import connect, split_url
from stratum.store.tx import Row

_PROBE_SECONDS = 30.0
_RECONNECT_SECONDS = 1.0
_BUSY_SECONDS = 10.0
_SEND_TRIES = 2
_PAYLOAD_BYTES_MAX = 7_000  # PostgreSQL refuses a payload of 8,000 bytes or more.
_QUEUE_MAX = 10_000
_EVERYONE = "*"

Heard = Callable[[Sequence[str] | None], None]


class Notifier:
    """Sends topics to the other processes of a database and hears theirs. A lost hint costs a poll, nothing else."""

    def __init__(self, url: str, sender: str, heard: Heard) -> None:
        """Begin; ``heard`` is called on a thread with other processes' topics, or None when some may be missing."""
        self._target, self._schema = split_url(url)
        self._channel = channel_of(self._schema)
        self._sender = sender
        self._heard = heard
        self._outbox: SimpleQueue[str | None] = SimpleQueue()
        self._stopped = Event()
        self._bell, self._rope = socket.socketpair()
        self._threads = [
            Thread(target=self._send_forever, name="stratum-notify", daemon=True),
            Thread(target=self._listen_forever, name="stratum-listen", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def send(self, topics: Sequence[str]) -> None:
        """Tell the other processes, soon; dropped when 10,000 already wait."""
        if self._outbox.qsize() < _QUEUE_MAX:
            for topic in topics:
                self._outbox.put(topic)

    def close(self) -> None:
        """Send what waits, and stop both threads."""
        self._stopped.set()
        self._outbox.put(None)
        self._rope.close()
        for thread in self._threads:
            thread.join()
        self._bell.close()

    def _send_forever(self) -> None:
        connection: psycopg.Connection[Row] | None = None
        ended = False
        while not ended:
            topics, ended = self._waiting()
            # An idle connection can break unnoticed, so a second try is made on a new one. When the server is away,
            # all listeners have lost it too, and look for themselves when it is back.
            for _ in range(_SEND_TRIES):
                try:
                    connection = connection or self._connect()
                    for payload in payloads(self._sender, topics):
                        connection.execute("SELECT pg_notify(%s, %s)", (self._channel, payload))
                    break
                except (psycopg.Error, StratumError):
                    if connection is not None:
                        connection.close()
                    connection = None
            else:
                self._stopped.wait(_RECONNECT_SECONDS)
        if connection is not None:
            connection.close()

    def _waiting(self) -> tuple[list[str], bool]:
        """Wait for a topic; return all that wait with it, each once, and whether they are the last."""
        found = [self._outbox.get()]
        with suppress(Empty):
            while True:
                found.append(self._outbox.get_nowait())
        return list(dict.fromkeys(topic for topic in found if topic is not None)), None in found

    def _listen_forever(self) -> None:
        while not self._stopped.is_set():
            with suppress(psycopg.Error, StratumError), self._connect() as connection:
                connection.execute(f'LISTEN "{self._channel}"'.encode())
                self._heard(None)
                self._listen(connection)
            self._stopped.wait(_RECONNECT_SECONDS)

    def _listen(self, connection: psycopg.Connection[Row]) -> None:
        with DefaultSelector() as selector:
            selector.register(connection, EVENT_READ)
            selector.register(self._bell, EVENT_READ)
            while not self._stopped.is_set():
                if not selector.select(_PROBE_SECONDS):
                    # A connection whose other end is gone without a word looks idle for ever.
                    connection.execute("SELECT 1")
                notices = connection.notifies(timeout=0)
                topics = [topic for notice in notices for topic in self._topics(notice.payload)]
                if topics:
                    self._heard(None if _EVERYONE in topics else topics)

    def _topics(self, payload: str) -> list[str]:
        sender, *topics = payload.split("\n")
        return [] if sender == self._sender else topics

    def _connect(self) -> psycopg.Connection[Row]:
        return connect(self._target, self._schema, busy_seconds=_BUSY_SECONDS)


def channel_of(schema: str) -> str:
    """Return the channel on which the processes that use a schema tell each other."""
    return f"stratum_{schema}"


def payloads(sender: str, topics: Sequence[str]) -> list[str]:
    """Pack ``topics`` into one notification; where they are too many, into one that wakes everybody."""
    if not topics:
        return []
    whole = "\n".join([sender, *topics])
    if len(whole.encode()) <= _PAYLOAD_BYTES_MAX:
        return [whole]
    return [f"{sender}\n{_EVERYONE}"]
