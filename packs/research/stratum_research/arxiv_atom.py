"""Reads the Atom feeds of the arXiv API.

Format: the arXiv API user's manual (https://info.arxiv.org/help/api/user-manual.html, "The API Response") on top of
Atom (RFC 4287). A look-up of an id that does not exist gives a feed without entries; a request that arXiv refuses
gives a feed with one entry whose id is under ``arxiv.org/api/errors``.
"""

import re

from . import identity
from .entries import TITLE_MAX, Entry
from .errors import FeedError, FeedRefusedError, UnknownIdError
from .papers import Paper, notice_in, page_url, read_moment
from .polls import Poll, Problem
from .texts import even
from .xml_reader import Node, read_xml

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ERRORS = "arxiv.org/api/errors"

# Titles are built like this: "arXiv Query: search_query=all:testing&id_list=&start=0&max_results=10".
_TITLE = re.compile(r"search_query=(?P<query>.*?)&id_list=(?P<ids>.*?)&start=\d+&max_results=\d+$")

_REASON_MAX = 500
_SHORT_ABSTRACT_MAX = 400  # A long abstract speaks of withdrawn things, not of itself.


def read_arxiv(data: bytes, name: str) -> Poll:
    """Return the poll that an arXiv Atom feed holds.

    Raises:
        FeedError: the bytes are not an Atom feed.
        FeedRefusedError: the feed is arXiv's way of saying that the request was wrong.

    """
    root = read_xml(data, name)
    if root.name != f"{_ATOM}feed":
        what = f"this is XML, but not an Atom feed: its root element is {_local(root.name)[:_REASON_MAX]!r}"
        todo = "Give an answer of https://export.arxiv.org/api/query; arXiv's RSS feeds are not read"
        raise FeedError(name, what, todo=todo, line=root.line)
    title = even(root.child_text(f"{_ATOM}title"))[:TITLE_MAX]
    papers: list[Paper] = []
    problems: list[Problem] = []
    entries = root.children(f"{_ATOM}entry")
    for position, node in enumerate(entries, start=1):
        _refuse_errors(node, name)
        paper, odd = _read_entry(node, position)
        papers.extend(() if paper is None else (paper,))
        problems.extend(odd)
    return Poll(
        name=name,
        source="arxiv",
        title=title,
        topic=_topic(title),
        updated=read_moment(root.child_text(f"{_ATOM}updated")) or "",
        entries=len(entries),
        total=_count(root.child_text(f"{_OPENSEARCH}totalResults")),
        papers=tuple(papers),
        problems=tuple(problems),
    )


def _refuse_errors(node: Node, name: str) -> None:
    if _ERRORS in node.child_text(f"{_ATOM}id"):
        said = even(node.child_text(f"{_ATOM}summary"))[:_REASON_MAX] or "no reason given"
        todo = "Correct the query or the id list and ask again"
        raise FeedRefusedError(name, f"arXiv refused the request: {said}", todo=todo, line=node.line)


def _read_entry(node: Node, position: int) -> tuple[Paper | None, tuple[Problem, ...]]:
    raw_id = node.child_text(f"{_ATOM}id")
    entry = Entry(position, raw_id, line=node.line)
    try:
        work = identity.arxiv_id(raw_id)
    except UnknownIdError as error:
        return entry.unusable(str(error) if raw_id.strip() else "it has no id")
    if work.version is None:
        entry.doubt("its id names no version; version 1 is assumed")
    version = work.version or 1
    # Some records hold several DOIs in one element, with spaces between them.
    dois = entry.dois(text for child in node.children(f"{_ARXIV}doi") for text in child.text().split())
    abstract = entry.text("abstract", node.child_text(f"{_ATOM}summary"))
    comment = entry.text("comment", node.child_text(f"{_ARXIV}comment"))
    return entry.paper(
        work_key=work.key,
        source="arxiv",
        version=version,
        title=entry.title(node.child_text(f"{_ATOM}title")),
        abstract=abstract,
        authors=entry.texts("authors", (a.child_text(f"{_ATOM}name") for a in node.children(f"{_ATOM}author"))),
        published=_entry_moment(entry, "published", node),
        updated=_entry_moment(entry, "updated", node),
        categories=entry.texts("categories", _categories(node)),
        doi=dois[0] if dois else "",
        url=page_url(work.key, version=version),
        journal_ref=entry.text("journal reference", node.child_text(f"{_ARXIV}journal_ref")),
        comment=comment,
        notice=notice_in(comment, abstract if len(abstract) <= _SHORT_ABSTRACT_MAX else ""),
        also_known_as=tuple(identity.doi(doi).key for doi in dois[1:]),
    )


def _categories(node: Node) -> tuple[str, ...]:
    terms = [
        child.attributes.get("term", "")
        for kind in (f"{_ARXIV}primary_category", f"{_ATOM}category")
        for child in node.children(kind)
    ]
    return tuple(dict.fromkeys(terms))


def _entry_moment(entry: Entry, field: str, node: Node) -> str:
    raw = node.child_text(f"{_ATOM}{field}")
    moment = read_moment(raw)
    if moment is None:
        entry.doubt(f"its {field} date {even(raw)[:40]!r} is not one")
    return moment or ""


def _count(raw: str) -> int | None:
    tidy = raw.strip()
    digits_max = 12
    return int(tidy) if tidy.isascii() and tidy.isdigit() and len(tidy) <= digits_max else None


def _topic(title: str) -> str:
    """Return the query within a feed's title, or its ids, keeping any words that stand before them."""
    found = _TITLE.search(title)
    if found is None:
        return title
    return title[: found.start()].removeprefix("arXiv Query: ") + (found["query"] or found["ids"])


def _local(name: str) -> str:
    return name.rpartition("}")[2]
