"""arXiv's feeds are read whole; what is odd in one entry does not hide the others."""

import json
from pathlib import Path

import pytest

from stratum_research.arxiv_atom import read_arxiv
from stratum_research.errors import FeedError, FeedRefusedError
from tests.packs.research.feed_texts import ATOM_REFUSAL, atom_entry, atom_feed


def test_an_entry_becomes_a_paper_with_all_that_the_feed_says() -> None:
    extra = """<category term="cs.LG"/><arxiv:primary_category term="cs.SE"/><category term="cs.SE"/>
    <arxiv:comment>8 pages,
      2 figures</arxiv:comment><arxiv:journal_ref>Proc. X, 2022</arxiv:journal_ref><arxiv:doi>10.1109/X.Y</arxiv:doi>"""
    poll = read_arxiv(atom_feed(atom_entry(title="A title\n  over two lines", extra=extra)), "a.xml")
    (paper,) = poll.papers
    assert poll.problems == ()
    assert paper.model_dump() == {
        "work_key": "arxiv:2202.12139",
        "source": "arxiv",
        "version": 1,
        "title": "A title over two lines",
        "abstract": "We show that it works.",
        "authors": ("Ada Lovelace",),
        "published": "2022-02-24T15:05:19Z",
        "updated": "2022-02-25T15:05:19Z",
        "categories": ("cs.SE", "cs.LG"),
        "doi": "10.1109/x.y",
        "url": "https://arxiv.org/abs/2202.12139v1",
        "journal_ref": "Proc. X, 2022",
        "comment": "8 pages, 2 figures",
        "notice": "",
        "also_known_as": (),
    }


def test_a_poll_tells_what_was_asked_and_how_much_there_is() -> None:
    poll = read_arxiv(atom_feed(atom_entry()), "a.xml")
    assert (poll.name, poll.source, poll.entries, poll.total) == ("a.xml", "arxiv", 1, 214881)
    assert (poll.topic, poll.updated) == ("all:testing", "2026-04-12T22:09:27Z")


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("arXiv Query: search_query=&id_list=0000.0000,1707.08567&start=0&max_results=100", "0000.0000,1707.08567"),
        ("ArXiv Query", "ArXiv Query"),
        ("MADE-UP: search_query=cat:x&id_list=&start=0&max_results=5", "MADE-UP: cat:x"),
    ],
)
def test_the_topic_is_the_query_or_the_ids(title: str, topic: str) -> None:
    assert read_arxiv(atom_feed(title=title), "a.xml").topic == topic


def test_a_feed_without_entries_is_an_empty_poll() -> None:
    poll = read_arxiv(atom_feed(), "a.xml")
    assert (poll.entries, poll.papers, poll.problems) == (0, (), ())


def test_the_error_entry_of_arxiv_is_an_error_in_arxivs_words() -> None:
    with pytest.raises(FeedRefusedError, match=r"a\.xml, line \d+: arXiv refused.*incorrect id format for 1234\.12345"):
        read_arxiv(ATOM_REFUSAL, "a.xml")


def test_an_entry_without_an_identity_is_reported_with_its_place_and_the_others_are_kept() -> None:
    feed = atom_feed(atom_entry("http://example.org/x"), "<entry><title>No id</title></entry>", atom_entry())
    poll = read_arxiv(feed, "a.xml")
    assert [paper.versioned_id for paper in poll.papers] == ["2202.12139v1"]
    first, second = poll.problems
    assert (first.position, first.skipped, first.entry) == (1, True, "http://example.org/x")
    assert first.line == feed[: feed.index(b"<entry>")].count(b"\n") + 1
    assert (second.position, second.what) == (2, "it has no id")
    assert poll.entries == 3


def test_odd_fields_are_reported_and_the_paper_is_kept() -> None:
    entry = """<entry><id>http://arxiv.org/abs/2202.12139</id><title/><published>yesterday</published>
    <updated>2022-02-30T00:00:00Z</updated><arxiv:doi>none</arxiv:doi></entry>"""
    poll = read_arxiv(atom_feed(entry), "a.xml")
    (paper,) = poll.papers
    assert (paper.title, paper.published, paper.updated, paper.doi) == ("(no title)", "", "", "")
    assert [problem.what for problem in poll.problems] == [
        "its id names no version; version 1 is assumed",
        "its DOI 'none' is not one",
        "it has no title",
        "its published date 'yesterday' is not one",
        "its updated date '2022-02-30T00:00:00Z' is not one",
    ]
    assert {problem.work_key for problem in poll.problems} == {"arxiv:2202.12139"}


def test_a_date_in_an_unusual_form_is_read() -> None:
    feed = atom_feed(atom_entry()).replace(b"2022-02-25T15:05:19Z", b"2022-02-25 15:05").replace(b"09:27Z", b"09:27,5Z")
    poll = read_arxiv(feed, "a.xml")
    assert poll.papers[0].updated == "2022-02-25T15:05:00"
    assert poll.updated == "2026-04-12T22:09:27.500000+00:00"


def test_several_dois_in_one_record_are_all_known() -> None:
    extra = "<arxiv:doi>10.1000/ONE 10.1000/two</arxiv:doi><arxiv:doi>10.48550/arXiv.2202.12139</arxiv:doi>"
    (paper,) = read_arxiv(atom_feed(atom_entry(extra=extra)), "a.xml").papers
    assert (paper.doi, paper.also_known_as) == ("10.1000/one", ("doi:10.1000/two",))


def test_an_old_style_id_loses_its_subject_class() -> None:
    (paper,) = read_arxiv(atom_feed(atom_entry("http://arxiv.org/abs/math.GT/0309136v2")), "a.xml").papers
    assert (paper.work_key, paper.versioned_id) == ("arxiv:math/0309136", "math/0309136v2")
    assert paper.url == "https://arxiv.org/abs/math/0309136v2"


def test_a_withdrawn_paper_is_marked() -> None:
    extra = "<arxiv:comment>This paper has been withdrawn by the author</arxiv:comment>"
    (paper,) = read_arxiv(atom_feed(atom_entry(extra=extra)), "a.xml").papers
    assert paper.notice == "withdrawn"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<rss version='2.0'/>", "not an Atom feed: its root element is 'rss'.*RSS feeds are not read"),
        (b"<feed/>", "not an Atom feed"),
        (b"<html><body>Rate exceeded.</body></html>", "not an Atom feed: its root element is 'html'"),
    ],
)
def test_other_xml_is_no_feed(data: bytes, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        read_arxiv(data, "a.xml")


def test_real_feeds_list_what_they_are_known_to_list(real_data: Path) -> None:
    for expected in json.loads((real_data / "expected.json").read_text())["polls"]:
        poll = read_arxiv((real_data / expected["file"]).read_bytes(), expected["file"])
        ids = [paper.versioned_id for paper in poll.papers]
        assert (poll.entries, len(ids)) == (expected["entries"], expected["entries"])
        assert [id_ for id_ in ids if id_ in expected["new_ids"]] == expected["new_ids"]
        assert not [problem for problem in poll.problems if problem.skipped]


def test_real_look_ups_are_read(real_data: Path) -> None:
    def ids(name: str) -> list[str]:
        return [paper.versioned_id for paper in read_arxiv((real_data / name).read_bytes(), name).papers]

    assert ids("id_0000.0000_s0_m100.atom.xml") == []
    assert ids("id_astro-ph_0601001_s0_m100.atom.xml") == ["astro-ph/0601001v1"]
    assert ids("id_0808.05394_1707.08567_s0_m100.atom.xml") == ["1707.08567v1"]
