"""Wake-ups between processes on PostgreSQL: NOTIFY from a connection of its own, never inside a hot transaction."""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread

import psycopg

from stratum.kernel.errors import StratumError
from stratum.store.postgres import connect, split_url
from stratum.store.tx import Row

_LISTEN_SECONDS = 1.0
_RECONNECT_SECONDS = 1.0
_PAYLOAD_BYTES_MAX = 7_000  # PostgreSQL refuses a payload of 8,000 bytes or more.
_QUEUE_MAX = 10_000
_EVERYONE = "*"

Heard = Callable[[Sequence[str] | None], None]


class Notifier:
    """Sends topics to the other processes of a database and hears theirs. A lost hint costs a poll, nothing else."""

    def __init__(self, url: str, sender: str, heard: Heard) -> None:
        """Begin; ``heard`` is called on a thread with other processes' topics, or None when some may be missing."""
        self._target, schema = split_url(url)
        self._schema = schema
        self._channel = f"stratum_{schema}"
        self._sender = sender
        self._heard = heard
        self._outbox: SimpleQueue[str | None] = SimpleQueue()
        self._stopped = Event()
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
        """Stop both threads."""
        self._stopped.set()
        self._outbox.put(None)
        for thread in self._threads:
            thread.join()

    def _send_forever(self) -> None:
        connection: psycopg.Connection[Row] | None = None
        while not self._stopped.is_set():
            topics = self._waiting()
            try:
                connection = connection or connect(self._target, self._schema)
                for payload in _payloads(self._sender, topics):
                    connection.execute("SELECT pg_notify(%s, %s)", (self._channel, payload))
            except (psycopg.Error, StratumError):
                connection = None
                self._stopped.wait(_RECONNECT_SECONDS)
        if connection is not None:
            connection.close()

    def _waiting(self) -> list[str]:
        """Wait for a topic, and return all that wait with it, each once."""
        found = [self._outbox.get()]
        while True:
            try:
                found.append(self._outbox.get_nowait())
            except Empty:
                return list(dict.fromkeys(topic for topic in found if topic is not None))

    def _listen_forever(self) -> None:
        while not self._stopped.is_set():
            try:
                with connect(self._target, self._schema) as connection:
                    connection.execute(f'LISTEN "{self._channel}"'.encode())  # noqa: S608 - the schema is a checked name
                    self._heard(None)
                    self._listen(connection)
            except (psycopg.Error, StratumError):
                self._stopped.wait(_RECONNECT_SECONDS)

    def _listen(self, connection: psycopg.Connection[Row]) -> None:
        while not self._stopped.is_set():
            for notice in connection.notifies(timeout=_LISTEN_SECONDS, stop_after=1):
                sender, *topics = notice.payload.split("\n")
                if sender != self._sender:
                    self._heard(None if _EVERYONE in topics else topics)


def _payloads(sender: str, topics: Sequence[str]) -> list[str]:
    """Pack ``topics`` into as few notifications as fit."""
    if not topics:
        return []
    whole = "\n".join([sender, *topics])
    if len(whole.encode()) <= _PAYLOAD_BYTES_MAX:
        return [whole]
    return [f"{sender}\n{_EVERYONE}"]
