"""The live services are asked politely, and their answers and refusals are understood."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from stratum_research import live
from stratum_research.errors import FeedError, FeedRefusedError, FetchError
from stratum_research.fetching import Pace
from stratum_research.live import ARXIV_URL, ArxivApi, ArxivQuery, CrossrefApi, CrossrefQuery
from stratum_research.polls import Poll
from tests.packs.research.conftest import Reply, WebServer
from tests.packs.research.feed_texts import (
    ATOM_REFUSAL,
    CROSSREF_REFUSAL,
    atom_entry,
    atom_feed,
    crossref_list,
    crossref_work,
)

ENTRIES = [atom_entry(f"http://arxiv.org/abs/2401.{number:05d}v1") for number in range(1, 26)]


def speak_arxiv(path: str) -> Reply:
    """Answer as the arXiv API does, with 25 papers in all."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    if "id_list" in asked and "bad" in asked["id_list"]:
        return Reply(ATOM_REFUSAL, status=400)
    start, count = int(asked["start"]), int(asked["max_results"])
    feed = atom_feed(*ENTRIES[start : start + count]).replace(b"214881", b"25")
    return Reply(feed, headers={"Content-Type": "application/atom+xml"})


def arxiv_api(web: WebServer) -> ArxivApi:
    web.answer = speak_arxiv
    return ArxivApi(base=f"{web.url}/api/query", pace=Pace(0.0))


async def test_arxiv_is_asked_page_by_page_until_the_last_one(web: WebServer) -> None:
    api = arxiv_api(web)
    query: ArxivQuery | None = ArxivQuery(search_query="cat:cs.SE AND all:moss", max_results=10)
    ids: list[str] = []
    while query is not None:
        poll = await api.poll(query)
        ids += [paper.bare_id for paper in poll.papers]
        query = query.next_page(poll)
    assert ids == [f"2401.{number:05d}" for number in range(1, 26)]
    assert [parse_qs(urlsplit(path).query)["start"] for path, _ in web.requests] == [["0"], ["10"], ["20"]]


async def test_arxiv_is_told_what_is_wanted_and_who_asks(web: WebServer) -> None:
    query = ArxivQuery(search_query='all:"moss archive"', max_results=5, mailto="reader@library.example")
    poll = await arxiv_api(web).poll(query)
    ((path, headers),) = web.requests
    assert parse_qs(urlsplit(path).query) == {
        "search_query": ['all:"moss archive"'],
        "start": ["0"],
        "max_results": ["5"],
        "sortBy": ["lastUpdatedDate"],
        "sortOrder": ["descending"],
    }
    assert headers["User-Agent"] == "stratum-research (mailto:reader@library.example)"
    assert poll.name == f"{web.url}{path}"
    assert "library.example" not in poll.model_dump_json()


async def test_ids_are_looked_up(web: WebServer) -> None:
    await arxiv_api(web).poll(ArxivQuery(id_list=("2401.00001", "astro-ph/0601001v1")))
    assert parse_qs(urlsplit(web.requests[0][0]).query)["id_list"] == ["2401.00001,astro-ph/0601001v1"]


async def test_a_refusal_of_arxiv_is_told_in_its_words(web: WebServer) -> None:
    with pytest.raises(FeedRefusedError, match="incorrect id format") as caught:
        await arxiv_api(web).poll(ArxivQuery(id_list=("bad",)))
    assert isinstance(caught.value.__cause__, FetchError)


async def test_a_service_that_is_too_busy_is_told_apart_from_a_refusal(web: WebServer) -> None:
    web.answer = lambda _: Reply(b"Rate exceeded.", status=429, headers={"Retry-After": "3"})
    with pytest.raises(FetchError) as caught:
        await ArxivApi(base=web.url, pace=Pace(0.0)).poll(ArxivQuery(search_query="all:moss"))
    assert (caught.value.retryable, caught.value.retry_after_s) == (True, 3.0)


async def test_an_answer_that_is_no_feed_is_an_error_that_names_the_address(web: WebServer) -> None:
    web.answer = lambda _: Reply(b"<html>We are down for maintenance</html>")
    with pytest.raises(FeedError, match=r"^http://127\.0\.0\.1:\d+\?search_query=all%3Amoss.*not an Atom feed"):
        await ArxivApi(base=web.url, pace=Pace(0.0)).poll(ArxivQuery(search_query="all:moss"))


async def test_crossref_is_asked_as_its_polite_pool_wants(web: WebServer) -> None:
    web.answer = lambda _: Reply(crossref_list(crossref_work()).replace(b'"total-results": 1', b'"total-results": 30'))
    query = CrossrefQuery(
        query="moss", filter={"type": "journal-article", "from-index-date": "2026-11-01"}, rows=20, mailto="a@b.example"
    )
    poll = await CrossrefApi(base=f"{web.url}/works", pace=Pace(0.0)).poll(query)
    ((path, headers),) = web.requests
    assert parse_qs(urlsplit(path).query) == {
        "query": ["moss"],
        "filter": ["from-index-date:2026-11-01,type:journal-article"],
        "rows": ["20"],
        "sort": ["updated"],
        "order": ["desc"],
    }
    assert headers["User-Agent"] == "stratum-research (mailto:a@b.example)"
    assert [paper.versioned_id for paper in poll.papers] == ["10.7717/peerj.3162"]
    following = query.next_page(poll)
    assert following is not None
    assert following.offset == 20
    assert following.next_page(poll) is None


async def test_a_refusal_of_crossref_is_told_in_its_words(web: WebServer) -> None:
    web.answer = lambda _: Reply(CROSSREF_REFUSAL, status=400)
    with pytest.raises(FeedRefusedError, match="Integer specified as x is not valid"):
        await CrossrefApi(base=web.url, pace=Pace(0.0)).poll(CrossrefQuery(query="moss"))


async def test_a_program_may_bring_its_own_client() -> None:
    asked: list[tuple[str, Mapping[str, str]]] = []

    async def fetch(url: str, *, headers: Mapping[str, str]) -> bytes:
        asked.append((url, headers))
        return atom_feed(atom_entry())

    poll = await ArxivApi(fetch=fetch).poll(ArxivQuery(search_query="all:moss"))
    assert poll.entries == 1
    assert asked[0][0].startswith(f"{ARXIV_URL}?search_query=all%3Amoss&")
    assert asked[0][1]["User-Agent"] == "stratum-research"


async def test_each_service_is_asked_at_its_own_pace() -> None:
    waits_s: list[float] = []

    async def fetch(url: str, *, headers: Mapping[str, str]) -> bytes:
        return atom_feed() if url.startswith(ARXIV_URL) else crossref_list()

    async def sleep(seconds: float) -> None:
        waits_s.append(seconds)

    def pace(interval_s: float) -> Pace:
        return Pace(interval_s, now_s=lambda: 0.0, sleep=sleep)

    arxiv, crossref = ArxivApi(fetch=fetch, pace=pace(3.0)), CrossrefApi(fetch=fetch, pace=pace(1.0))
    for _ in range(2):
        await arxiv.poll(ArxivQuery(search_query="x"))
        await crossref.poll(CrossrefQuery(query="x"))
    assert waits_s == [3.0, 1.0]


def test_the_pace_is_what_the_services_ask_for_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    intervals_s: list[float] = []
    monkeypatch.setattr(live, "Pace", intervals_s.append)
    ArxivApi()
    CrossrefApi()
    assert intervals_s == [3.0, 1.0]


def test_the_addresses_are_those_of_the_services() -> None:
    assert ArxivQuery(search_query="x").url().startswith("https://export.arxiv.org/api/query?search_query=x&")
    assert CrossrefQuery(query="x").url().startswith("https://api.crossref.org/works?query=x&")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"search_query": " "},
        {"search_query": "x", "max_results": 2001},
        {"search_query": "x", "max_results": 0},
        {"search_query": "x", "start": -1},
        {"search_query": "x", "mailto": "me"},
        {"search_query": "x", "mailto": "me@here.example\r\nX-Evil: 1"},
    ],
)
def test_a_query_that_arxiv_would_refuse_is_refused_here(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ArxivQuery.model_validate(fields)


@pytest.mark.parametrize("fields", [{"rows": 1001}, {"offset": 10_001}, {"mailto": "a b@c.d"}, {"sort": "up"}])
def test_a_query_that_crossref_would_refuse_is_refused_here(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CrossrefQuery.model_validate(fields)


def test_paging_ends_where_the_services_end_it() -> None:
    endless = Poll(name="x", source="arxiv", entries=2000, total=10**9)
    assert ArxivQuery(search_query="x", start=28_000, max_results=2000).next_page(endless) is None
    assert CrossrefQuery(offset=9_500, rows=1000).next_page(endless) is None
    assert ArxivQuery(search_query="x").next_page(endless.model_copy(update={"entries": 0})) is None
    assert ArxivQuery(search_query="x").next_page(endless.model_copy(update={"total": None})) is None
