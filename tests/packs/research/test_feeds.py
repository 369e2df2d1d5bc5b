"""A feed's kind is told by what is in it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_research.errors import FeedError
from stratum_research.feeds import read_feed
from tests.packs.research.feed_texts import atom_entry, atom_feed, crossref_list, crossref_work


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (atom_feed(atom_entry()), "arxiv"),
        (b"\xef\xbb\xbf" + atom_feed(atom_entry()), "arxiv"),
        (b"\n\n" + atom_feed(atom_entry()), "arxiv"),
        (atom_feed(atom_entry()).replace(b"UTF-8", b"UTF-16").decode().encode("utf-16"), "arxiv"),
        (crossref_list(crossref_work()), "crossref"),
        (b"\xef\xbb\xbf\n" + crossref_list(crossref_work()), "crossref"),
    ],
)
def test_the_kind_is_told_by_content_and_not_by_name(data: bytes, source: str) -> None:
    poll = read_feed(data, "feed.txt")
    assert (poll.source, poll.entries) == (source, 1)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"feed\.txt: the file is empty\. Give an answer of"),
        (b" \n", "the file is empty"),
        (b"Rate exceeded.", "neither an arXiv Atom feed nor a Crossref JSON answer"),
        (b"%PDF-1.7", "neither"),
        (b"\x1f\x8b\x08", "neither"),
    ],
)
def test_anything_else_is_refused_with_what_to_give(data: bytes, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        read_feed(data, "feed.txt")


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with suppress(FeedError):
        read_feed(data, "feed.txt")
