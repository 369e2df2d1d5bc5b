"""A page is fetched within bounds, every failure has its sentence, and requests keep their distance."""

import asyncio
import socket
import threading
from collections.abc import Callable

import pytest

from stratum_research import fetching
from stratum_research.errors import FetchError
from stratum_research.fetching import Pace, fetch_url
from tests.packs.research.conftest import Reply, WebServer


async def failure(url: str, *, timeout_s: float = 10) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetch_url(url, headers={}, timeout_s=timeout_s)
    assert caught.value.message.startswith(url)
    return caught.value


def always(reply: Reply) -> Callable[[str], Reply]:
    return lambda _: reply


async def test_a_page_comes_back_as_it_was_sent(web: WebServer) -> None:
    web.answer = always(Reply(b"\x00\xffbody" * 50_000))
    body = await fetch_url(f"{web.url}/a?b=c", headers={"User-Agent": "stratum-research (mailto:a@b.example)"})
    assert body == b"\x00\xffbody" * 50_000
    ((path, headers),) = web.requests
    assert (path, headers["User-Agent"]) == ("/a?b=c", "stratum-research (mailto:a@b.example)")


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (403, False), (404, False), (408, True), (429, True), (500, True), (503, True)],
)
async def test_an_error_status_says_whether_to_try_again(web: WebServer, *, status: int, retryable: bool) -> None:
    web.answer = always(Reply(b"the reason", status=status))
    error = await failure(f"{web.url}/a")
    assert (error.status, error.retryable, error.body, error.retry_after_s) == (status, retryable, b"the reason", None)
    assert ("Try again later" in error.message) == retryable


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "99999999"}, 86_400.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:30:00 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 120.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:26:00 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:30:00 GMT"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:30:00 -0000", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
    ],
)
async def test_the_service_says_how_long_to_stay_away(
    web: WebServer, headers: dict[str, str], wait_s: float | None
) -> None:
    web.answer = always(Reply(status=503, headers=headers))
    error = await failure(f"{web.url}/a")
    assert error.retry_after_s == wait_s
    assert ("as the service asks" in error.message) == (wait_s is not None)


async def test_an_answer_that_is_cut_off_is_worth_another_try(web: WebServer) -> None:
    web.answer = always(Reply(b"half", length=1000))
    error = await failure(f"{web.url}/a")
    assert error.retryable
    assert "lost in the middle" in error.message


async def test_an_answer_that_is_too_long_is_given_up(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_FEED_BYTES", 100_000)
    web.answer = always(Reply(b"x" * 200_000))
    error = await failure(f"{web.url}/a")
    assert not error.retryable
    assert "longer than 100000 bytes" in error.message


async def test_an_answer_that_does_not_come_is_given_up_in_time(web: WebServer) -> None:
    never = threading.Event()
    web.answer = always(Reply(b"late", hold=never))
    error = await failure(f"{web.url}/a", timeout_s=0.1)
    never.set()
    assert error.retryable
    assert "no complete answer within 0.1 s" in error.message


async def test_a_service_that_is_not_there_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await failure(f"http://127.0.0.1:{taken.getsockname()[1]}/a")
    assert error.retryable
    assert error.status is None
    assert "no answer" in error.message


async def test_an_error_whose_reason_is_cut_off_is_still_that_error(web: WebServer) -> None:
    web.answer = always(Reply(b"2000\r\nhalf", status=400, headers={"Transfer-Encoding": "chunked"}))
    error = await failure(f"{web.url}/a")
    assert (error.status, error.body) == (400, b"")


@pytest.mark.parametrize("place", ["[::1", "127.0.0.1:port/", "127.0.0.1:9/é"])
async def test_an_address_that_cannot_be_asked_is_explained(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("no_proxy", "*")
    error = await failure(f"http://{place}")
    assert "Correct the address or the headers" in error.message
    assert not error.retryable


async def test_a_redirect_is_followed_to_http_only(web: WebServer) -> None:
    replies = {"/a": Reply(status=302, headers={"Location": "/b"}), "/b": Reply(b"there")}
    web.answer = lambda path: replies[path]
    assert await fetch_url(f"{web.url}/a", headers={}) == b"there"
    for target in ("file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"):
        replies["/a"] = Reply(status=302, headers={"Location": target})
        assert "root:" not in (await failure(f"{web.url}/a")).message


async def test_a_redirect_in_circles_ends(web: WebServer) -> None:
    web.answer = always(Reply(status=302, headers={"Location": "/a"}))
    await failure(f"{web.url}/a")
    assert len(web.requests) < 20


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x", "data:,x", "nonsense", ""])
async def test_other_addresses_are_refused_unopened(url: str) -> None:
    error = await failure(url)
    assert "is not an http or https address" in error.message
    assert not error.retryable


class FakeClock:
    """Time that passes only when someone waits for it."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.slept_s: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


async def test_requests_keep_their_distance() -> None:
    clock = FakeClock()
    pace = Pace(3.0, now_s=lambda: clock.now_s, sleep=clock.sleep)
    for spent_s in (1.0, 0.5, 0.0):
        async with pace:
            clock.now_s += spent_s
    clock.now_s += 2.0
    async with pace:
        pass
    clock.now_s += 10.0
    async with pace:
        pass
    assert clock.slept_s == [3.0, 3.0, 1.0]


async def test_one_request_is_under_way_at_a_time() -> None:
    pace = Pace(0.0)
    under_way = 0

    async def request() -> None:
        nonlocal under_way
        async with pace:
            under_way += 1
            assert under_way == 1
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(request() for _ in range(5)))


async def test_a_failed_or_cancelled_request_lets_the_next_one_through() -> None:
    clock = FakeClock()
    pace = Pace(3.0, now_s=lambda: clock.now_s, sleep=clock.sleep)
    with pytest.raises(ZeroDivisionError):
        async with pace:
            raise ZeroDivisionError

    async def interrupted(_: float) -> None:
        raise asyncio.CancelledError

    stuck = Pace(3.0, now_s=lambda: clock.now_s, sleep=interrupted)
    async with stuck:
        pass
    with pytest.raises(asyncio.CancelledError):
        async with stuck:
            pass
    clock.now_s += 5.0
    async with asyncio.timeout(5), stuck, pace:
        pass
