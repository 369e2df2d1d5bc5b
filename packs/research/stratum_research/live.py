"""Polls the live services: the arXiv API and the Crossref REST API, one page per request, within their courtesies.

arXiv asks for at most one request every three seconds over a single connection, all tools of a user together, and
serves at most 2,000 results per page (https://info.arxiv.org/help/api/tou.html and user-manual.html). Crossref asks
callers to give an e-mail address, which puts them into the "polite" pool, and to keep to one request at a time there
(https://www.crossref.org/documentation/retrieve-metadata/rest-api/access-and-authentication/).
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

from .errors import FeedError, FeedRefusedError, FetchError
from .feeds import read_feed
from .fetching import Fetch, Pace, fetch_url
from .polls import Poll

ARXIV_URL = "https://export.arxiv.org/api/query"
ARXIV_INTERVAL_S = 3.0
CROSSREF_URL = "https://api.crossref.org/works"
CROSSREF_INTERVAL_S = 1.0

_ARXIV_RESULTS_MAX = 30_000
_CROSSREF_OFFSET_MAX = 10_000
_AGENT = "stratum-research"

Mail = Annotated[str, Field(pattern=r"^$|^[^@\s<>()]+@[^@\s<>()]+\.[^@\s<>()]+$", max_length=254)]


class ArxivQuery(BaseModel):
    """One page of an arXiv query. Give ``search_query``, ``id_list``, or both (then the ids are filtered).

    ``search_query`` is in arXiv's own syntax, such as ``cat:cs.SE AND all:"mutation testing"``. The newest come first
    by default, which is what a repeated poll wants. ``mailto`` is an e-mail address under which arXiv can reach whoever
    polls.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    search_query: str = Field(default="", max_length=2_000)
    id_list: tuple[str, ...] = Field(default=(), max_length=200)
    start: NonNegativeInt = 0
    max_results: int = Field(default=100, ge=1, le=2_000)
    sort_by: Literal["relevance", "lastUpdatedDate", "submittedDate"] = "lastUpdatedDate"
    sort_order: Literal["ascending", "descending"] = "descending"
    mailto: Mail = ""

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.search_query.strip() and not self.id_list:
            message = "give a search_query, an id_list, or both"
            raise ValueError(message)
        return self

    def url(self, base: str = ARXIV_URL) -> str:
        """Return the address of this page."""
        parts = {
            "search_query": self.search_query,
            "id_list": ",".join(self.id_list),
            "start": str(self.start),
            "max_results": str(self.max_results),
            "sortBy": self.sort_by,
            "sortOrder": self.sort_order,
        }
        return f"{base}?{urlencode({name: value for name, value in parts.items() if value})}"

    def next_page(self, poll: Poll) -> Self | None:
        """Return the query for the page after this one, or None if this poll was the last page."""
        start = self.start + self.max_results
        more = poll.entries > 0 and start < (poll.total or 0) and start < _ARXIV_RESULTS_MAX
        return self.model_copy(update={"start": start}) if more else None


class CrossrefQuery(BaseModel):
    """One page of a Crossref query.

    ``filter`` holds Crossref's own filters, such as ``{"from-index-date": "2026-11-01"}``. ``mailto`` is the caller's
    e-mail address for the polite pool.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str = Field(default="", max_length=2_000)
    filter: Mapping[str, str] = Field(default_factory=dict[str, str])
    offset: int = Field(default=0, ge=0, le=_CROSSREF_OFFSET_MAX)
    rows: int = Field(default=100, ge=1, le=1_000)
    sort: Literal["relevance", "updated", "deposited", "indexed", "published"] = "updated"
    mailto: Mail = ""

    def url(self, base: str = CROSSREF_URL) -> str:
        """Return the address of this page, without the caller's e-mail address, which goes into a header."""
        parts = {
            "query": self.query,
            "filter": ",".join(f"{name}:{value}" for name, value in sorted(self.filter.items())),
            "offset": str(self.offset) if self.offset else "",
            "rows": str(self.rows),
            "sort": self.sort,
            "order": "desc",
        }
        return f"{base}?{urlencode({name: value for name, value in parts.items() if value})}"

    def next_page(self, poll: Poll) -> Self | None:
        """Return the query for the page after this one, or None if this poll was the last page."""
        offset = self.offset + self.rows
        more = poll.entries > 0 and offset < (poll.total or 0) and offset <= _CROSSREF_OFFSET_MAX
        return self.model_copy(update={"offset": offset}) if more else None


class ArxivApi:
    """The arXiv API. Use one object per process for all queries: it keeps the distance that arXiv asks for.

    ``base`` may be another address that speaks the same format, such as a mirror or a test server.
    """

    def __init__(self, *, base: str = ARXIV_URL, fetch: Fetch = fetch_url, pace: Pace | None = None) -> None:
        self._base = base
        self._fetch = fetch
        self._pace = pace or Pace(ARXIV_INTERVAL_S)

    async def poll(self, query: ArxivQuery) -> Poll:
        """Return one page. The poll is named after its address.

        Raises:
            FetchError: arXiv did not answer, or asked to be left alone for a while.
            FeedRefusedError: arXiv refused the query; its reason is in the message.
            FeedError: the answer is not a feed.

        """
        headers = {"User-Agent": _user_agent(query.mailto), "Accept": "application/atom+xml"}
        return await _polled(query.url(self._base), headers, fetch=self._fetch, pace=self._pace)


class CrossrefApi:
    """The Crossref REST API. Use one object per process for all queries: it sends one request at a time."""

    def __init__(self, *, base: str = CROSSREF_URL, fetch: Fetch = fetch_url, pace: Pace | None = None) -> None:
        self._base = base
        self._fetch = fetch
        self._pace = pace or Pace(CROSSREF_INTERVAL_S)

    async def poll(self, query: CrossrefQuery) -> Poll:
        """Return one page. The poll is named after its address.

        Raises:
            FetchError: Crossref did not answer, or asked to be left alone for a while.
            FeedRefusedError: Crossref refused the query; its reason is in the message.
            FeedError: the answer is not a list of works.

        """
        headers = {"User-Agent": _user_agent(query.mailto), "Accept": "application/json"}
        return await _polled(query.url(self._base), headers, fetch=self._fetch, pace=self._pace)


async def _polled(url: str, headers: Mapping[str, str], *, fetch: Fetch, pace: Pace) -> Poll:
    try:
        async with pace:
            data = await fetch(url, headers=headers)
    except FetchError as error:
        _raise_refusal(error, url)
        raise
    return read_feed(data, url)


def _raise_refusal(error: FetchError, url: str) -> None:
    """Raise what the service says about a wrong request: both send their reasons along with the status 400."""
    try:
        read_feed(error.body, url)
    except FeedRefusedError as refusal:
        raise refusal from error
    except FeedError:
        return


def _user_agent(mailto: str) -> str:
    return f"{_AGENT} (mailto:{mailto})" if mailto else _AGENT
