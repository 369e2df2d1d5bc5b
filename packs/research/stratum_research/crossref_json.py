"""Reads the JSON answers of the Crossref REST API: work lists and single works.

Format: https://api.crossref.org/swagger-ui/index.html and
https://github.com/CrossRef/rest-api-doc/blob/master/api_format.md. Only ``DOI`` is relied on: members of Crossref
deposit their records themselves, and every other field is missing, partial or odd in some of them.
"""

import json
from collections.abc import Iterator, Mapping
from typing import cast

from . import identity
from .crossref_fields import (
    author_names,
    date_of,
    journal_reference,
    mappings,
    moment_of,
    retraction,
    same_work_keys,
    texts,
)
from .entries import TITLE_MAX, Entry
from .errors import FeedError, FeedRefusedError, UnknownIdError
from .papers import Paper, page_url
from .polls import Poll, Problem
from .texts import even, plain
from .xml_reader import MAX_FEED_BYTES


def read_crossref(data: bytes, name: str) -> Poll:
    """Return the poll that a Crossref answer holds: a ``work-list``, or a ``work`` as a list of one.

    Raises:
        FeedError: the bytes are not JSON, or not an answer of that API.
        FeedRefusedError: the answer says that the request was wrong.

    """
    message = _message(_decoded(data, name), name)
    works = _works(message)
    if works is None:
        what = "this is JSON, but not a list of Crossref works: it has no message.items"
        raise FeedError(name, what, todo="Give an answer of https://api.crossref.org/works")
    papers: list[Paper] = []
    problems: list[Problem] = []
    for position, work in enumerate(works, start=1):
        paper, odd = _read_work(work, position)
        papers.extend(() if paper is None else (paper,))
        problems.extend(odd)
    total = message.get("total-results")
    terms = _search_terms(message)
    return Poll(
        name=name,
        source="crossref",
        title=f"Crossref works: {terms}" if terms else "Crossref works",
        topic=terms,
        entries=len(works),
        total=total if isinstance(total, int) and total >= 0 else None,
        papers=tuple(papers),
        problems=tuple(problems),
    )


def _decoded(data: bytes, name: str) -> Mapping[str, object]:
    if len(data) > MAX_FEED_BYTES:
        what = f"the feed has {len(data)} bytes, the limit is {MAX_FEED_BYTES}"
        raise FeedError(name, what, todo="Ask for fewer rows per page")
    again = "Fetch it again, or remove the file"
    try:
        decoded: object = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        what = f"byte 0x{data[error.start]:02x} at offset {error.start} is not valid UTF-8"
        raise FeedError(name, what, todo="Save the file as UTF-8, the encoding of JSON") from error
    except json.JSONDecodeError as error:
        what = f"the JSON is broken or cut off ({error.msg})"
        raise FeedError(name, what, todo=again, line=error.lineno, column=error.colno) from error
    except (RecursionError, ValueError) as error:
        raise FeedError(name, "the JSON nests too deep or holds a number without end", todo=again) from error
    if not isinstance(decoded, dict):
        raise FeedError(
            name, "this is JSON, but not an object", todo="Give an answer of https://api.crossref.org/works"
        )
    return cast("dict[str, object]", decoded)


def _message(envelope: Mapping[str, object], name: str) -> Mapping[str, object]:
    message = envelope.get("message")
    # A refusal has a list of reasons where an answer has one object.
    reasons = mappings(message)
    if envelope.get("status") == "failed" or reasons:
        said = "; ".join(str(reason.get("message", "")) for reason in reasons) or "no reason given"
        todo = "Correct the query or the filter and ask again"
        raise FeedRefusedError(name, f"Crossref refused the request: {even(said)[:500]}", todo=todo)
    return cast("dict[str, object]", message) if isinstance(message, dict) else {}


def _works(message: Mapping[str, object]) -> list[object] | None:
    items = message.get("items")
    if isinstance(items, list):
        return cast("list[object]", items)
    return [message] if "DOI" in message else None


def _search_terms(message: Mapping[str, object]) -> str:
    query = message.get("query")
    terms = cast("dict[str, object]", query).get("search-terms") if isinstance(query, dict) else None
    return even(terms)[:TITLE_MAX] if isinstance(terms, str) else ""


def _read_work(work: object, position: int) -> tuple[Paper | None, tuple[Problem, ...]]:
    if not isinstance(work, dict):
        return Entry(position, "").unusable("it is not an object")
    fields = cast("dict[str, object]", work)
    raw_doi = next(iter(texts(fields, "DOI")), "")
    entry = Entry(position, raw_doi)
    try:
        own = identity.doi(raw_doi)
    except UnknownIdError as error:
        return entry.unusable(str(error) if raw_doi else "it has no DOI")
    bare = identity.plain_doi(raw_doi)
    is_arxiv = own.key.startswith("arxiv:")
    title = next(texts(fields, "title", "original-title", "short-title"), "")
    return entry.paper(
        work_key=own.key,
        source="crossref",
        version=own.version or 1,
        title=entry.title(plain(title)),
        abstract=entry.text("abstract", plain(next(texts(fields, "abstract"), ""))),
        authors=entry.texts("authors", author_names(fields)),
        published=date_of(fields, "published", "published-online", "published-print", "posted", "issued"),
        updated=moment_of(fields, "deposited", "created"),
        categories=entry.texts("categories", _categories(fields)),
        doi="" if is_arxiv else bare,
        url=page_url(own.key if is_arxiv else f"doi:{bare}"),
        journal_ref=entry.text("journal reference", journal_reference(fields)),
        notice=retraction(fields, plain(title)),
        also_known_as=same_work_keys(fields),
    )


def _categories(fields: Mapping[str, object]) -> Iterator[str]:
    yield from dict.fromkeys(texts(fields, "subject", "group-title", "subtype", "type"))
