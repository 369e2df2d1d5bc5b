"""Fetches one page over HTTP, within bounds, and keeps a polite distance between requests."""

import asyncio
import email.utils
import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from .errors import FetchError
from .xml_reader import MAX_FEED_BYTES

TIMEOUT_S = 60.0
"""How long one page may take in all. arXiv is slow when its cache is cold."""

_STALL_S = 20.0
_CHUNK_BYTES = 64 * 1024
_RETRYABLE = frozenset({408, 425, 429, *range(500, 600)})
_RETRY_AFTER_MAX_S = 24 * 3600.0


class Fetch(Protocol):
    """Returns the body behind an address. Replaceable: tests give their own, and so can a program with its own client.

    Raises:
        FetchError: there was no answer that can be used.

    """

    async def __call__(self, url: str, *, headers: Mapping[str, str]) -> bytes:
        """Return the body."""
        ...


class Pace:
    """Lets one caller through at a time, each at least ``interval_s`` seconds after the one before has finished.

    One `Pace` serves one service in one process and one event loop. It cannot see other processes: programs that run
    several workers keep all polls of a service in one queue with a concurrency of one.
    """

    def __init__(
        self,
        interval_s: float,
        *,
        now_s: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval_s = interval_s
        self._now_s = now_s
        self._sleep = sleep
        self._lock = asyncio.Lock()
        self._free_at_s: float | None = None

    async def __aenter__(self) -> None:
        """Wait for the turn."""
        await self._lock.acquire()
        try:
            if self._free_at_s is not None and (wait_s := self._free_at_s - self._clock()) > 0:
                await self._sleep(wait_s)
        except BaseException:
            self._lock.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Start the interval before the next turn."""
        self._free_at_s = self._clock() + self._interval_s
        self._lock.release()

    def _clock(self) -> float:
        return asyncio.get_running_loop().time() if self._now_s is None else self._now_s()


async def fetch_url(url: str, *, headers: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> bytes:
    """Return the body behind an http or https address, on a thread, at most ``MAX_FEED_BYTES`` long.

    Proxies are taken from the environment, as urllib does.

    Raises:
        FetchError: no connection, no answer in time, an error status, or a body that is cut off or too long.

    """
    if not url.lower().startswith(("http://", "https://")):
        message = f"{url} is not an http or https address. Correct the address of the service."
        raise FetchError(message)
    stop = threading.Event()
    try:
        async with asyncio.timeout(timeout_s):
            return await asyncio.to_thread(_fetch, url, dict(headers), stop)
    except TimeoutError as error:
        message = f"{url}: no complete answer within {timeout_s:g} s. Try again later."
        raise FetchError(message, retryable=True) from error
    finally:
        # A thread cannot be cancelled; it looks here after each chunk and after each stall.
        stop.set()


def _fetch(url: str, headers: dict[str, str], stop: threading.Event) -> bytes:
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme was checked
        with _opener().open(request, timeout=_STALL_S) as answer:
            return _body(url, answer, stop)
    except urllib.error.HTTPError as error:
        with error:
            raise _status_error(url, error) from error
    except http.client.IncompleteRead as error:
        message = f"{url}: the connection was lost in the middle of the answer. Try again later."
        raise FetchError(message, retryable=True) from error
    except (http.client.InvalidURL, ValueError) as error:
        message = f"{url}: such a request cannot be sent ({error}). Correct the address or the headers."
        raise FetchError(message) from error
    except (OSError, http.client.HTTPException) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        message = f"{url}: no answer ({cause}). Check the address and the network, then try again."
        raise FetchError(message, retryable=True) from error


def _opener() -> urllib.request.OpenerDirector:
    # Only HTTP: the usual opener would also follow a redirect to ftp and open files and data addresses.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _body(url: str, answer: http.client.HTTPResponse, stop: threading.Event) -> bytes:
    chunks: list[bytes] = []
    size = 0
    announced = answer.length
    while not stop.is_set():
        chunk = answer.read(_CHUNK_BYTES)
        if not chunk:
            # http.client takes a lost connection for the end of the body when it is read in parts.
            if announced is not None and size < announced:
                raise http.client.IncompleteRead(b"".join(chunks), announced - size)
            return b"".join(chunks)
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_FEED_BYTES:
            message = f"{url}: the answer is longer than {MAX_FEED_BYTES} bytes. Ask for fewer results per page."
            raise FetchError(message)
    message = f"{url}: given up while the answer was still coming. Try again later."
    raise FetchError(message, retryable=True)


def _status_error(url: str, error: urllib.error.HTTPError) -> FetchError:
    wait_s = _retry_after_s(error.headers.get("Retry-After"), error.headers.get("Date"))
    retryable = error.code in _RETRYABLE
    todo = "Try again later" if retryable else "Correct the request"
    asked = "" if wait_s is None else f" in {wait_s:g} s, as the service asks"
    message = f"{url}: the service answered {error.code} {error.reason}. {todo}{asked}."
    body = b""
    with suppress(OSError, http.client.HTTPException):
        body = error.read(_CHUNK_BYTES)
    return FetchError(message, status=error.code, retryable=retryable, retry_after_s=wait_s, body=body)


def _retry_after_s(header: str | None, date: str | None) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date, which is taken relative to the answer's own date."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return min(float(header), _RETRY_AFTER_MAX_S)
    until, now = _http_date(header), _http_date(date or "")
    if until is None or now is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), _RETRY_AFTER_MAX_S)


def _http_date(text: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
