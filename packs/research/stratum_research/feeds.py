"""Reads a feed of any kind that the pack knows, told apart by what is in it and never by its file name."""

from .arxiv_atom import read_arxiv
from .crossref_json import read_crossref
from .errors import FeedError
from .polls import Poll

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_feed(data: bytes, name: str) -> Poll:
    """Return the poll that these bytes hold: an arXiv Atom feed or a Crossref JSON answer.

    ``name`` is the file or address that the bytes came from; every message names it.

    Raises:
        FeedError: it is neither, or it is broken; the message says where and what to do.
        FeedRefusedError: it is the service's way of saying that the request was wrong.

    """
    start = data.removeprefix(_UTF8_MARK).lstrip()[:1]
    if start == b"<" or data.startswith(_UTF16_MARKS):
        return read_arxiv(data, name)
    if start in {b"{", b"["}:
        return read_crossref(data, name)
    what = "the file is empty" if not start else "this is neither an arXiv Atom feed nor a Crossref JSON answer"
    todo = "Give an answer of https://export.arxiv.org/api/query or https://api.crossref.org/works"
    raise FeedError(name, what, todo=todo)
