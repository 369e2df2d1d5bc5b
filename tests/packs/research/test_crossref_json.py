"""Crossref's answers are read whole; what is odd in one record does not hide the others."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_research.crossref_json import read_crossref
from stratum_research.errors import FeedError, FeedRefusedError
from stratum_research.papers import work_keys
from stratum_research.xml_reader import MAX_FEED_BYTES
from tests.packs.research.feed_texts import CROSSREF_REFUSAL, crossref_list, crossref_work


def test_a_record_becomes_a_paper_with_all_that_it_says() -> None:
    work = crossref_work(
        "10.7717/PeerJ.3162",
        title=["The genome of\n  <i>E. coli</i> &amp; friends"],
        abstract="<jats:title>Abstract</jats:title><jats:p>We show it.</jats:p>",
        relation={"has-preprint": [{"id-type": "doi", "id": "10.7287/peerj.preprints.2512"}]},
    )
    poll = read_crossref(crossref_list(work), "a.json")
    (paper,) = poll.papers
    assert poll.problems == ()
    assert (poll.source, poll.entries, poll.total, poll.topic) == ("crossref", 1, 1, "ecology")
    assert paper.model_dump() == {
        "work_key": "doi:10.7717/peerj.3162",
        "source": "crossref",
        "version": 1,
        "title": "The genome of E. coli & friends",
        "abstract": "We show it.",
        "authors": ("Ada Lovelace",),
        "published": "2022-10-25",
        "updated": "2022-10-26T03:35:00Z",
        "categories": ("journal-article",),
        "doi": "10.7717/peerj.3162",
        "url": "https://doi.org/10.7717/peerj.3162",
        "journal_ref": "PeerJ 10, e14276 (2022)",
        "comment": "",
        "notice": "",
        "also_known_as": ("doi:10.7287/peerj.preprints.2512",),
    }


def test_a_record_of_an_arxiv_doi_is_the_arxiv_work() -> None:
    (paper,) = read_crossref(crossref_list(crossref_work("10.48550/arXiv.2202.12139")), "a.json").papers
    assert work_keys(paper) == ("arxiv:2202.12139",)
    assert (paper.doi, paper.url) == ("", "https://arxiv.org/abs/2202.12139")


def test_a_versioned_doi_is_a_version_of_the_work() -> None:
    (paper,) = read_crossref(crossref_list(crossref_work("10.21203/rs.3.rs-1/v2")), "a.json").papers
    assert (paper.work_key, paper.version) == ("doi:10.21203/rs.3.rs-1", 2)
    assert (paper.versioned_id, paper.url) == ("10.21203/rs.3.rs-1/v2", "https://doi.org/10.21203/rs.3.rs-1/v2")


def test_a_record_without_title_or_dates_is_kept_and_reported() -> None:
    work: dict[str, object] = {"DOI": "10.1000/x", "title": [], "published": {"date-parts": [[None]]}}
    poll = read_crossref(crossref_list(work), "a.json")
    assert (poll.papers[0].title, poll.papers[0].published) == ("(no title)", "")
    assert [problem.what for problem in poll.problems] == ["it has no title"]


def test_records_without_identity_are_reported_with_their_place() -> None:
    poll = read_crossref(crossref_list("x", {"title": ["T"]}, {"DOI": "nonsense"}, crossref_work()), "a.json")
    assert len(poll.papers) == 1
    assert [(problem.position, problem.skipped) for problem in poll.problems] == [(1, True), (2, True), (3, True)]
    assert [problem.what.split(".")[0] for problem in poll.problems] == [
        "it is not an object",
        "it has no DOI",
        "'nonsense' is not a DOI",
    ]


def test_a_single_work_is_a_list_of_one() -> None:
    answer = {"status": "ok", "message-type": "work", "message": crossref_work()}
    poll = read_crossref(json.dumps(answer).encode(), "a.json")
    assert [paper.versioned_id for paper in poll.papers] == ["10.7717/peerj.3162"]
    assert poll.title == "Crossref works"


def test_a_refusal_is_an_error_in_crossrefs_words() -> None:
    with pytest.raises(FeedRefusedError, match=r"a\.json: Crossref refused the request: Integer specified as x"):
        read_crossref(CROSSREF_REFUSAL, "a.json")
    with pytest.raises(FeedRefusedError, match="no reason given"):
        read_crossref(b'{"status": "failed"}', "a.json")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"status": "ok",\n "mess', r"a\.json, line 2, column \d+: the JSON is broken or cut off"),
        (b"[]", "not an object"),
        (b"{}", "not a list of Crossref works: it has no message.items"),
        (b'{"message": {"items": {}}}', "no message.items"),
        (b'{"message": "hello"}', "no message.items"),
        (b"[" * 100_000, "broken|too deep"),
        (b'{"a":' * 100_000, "broken|too deep"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "a number without end"),
        ('{"a": "é"}'.encode("latin-1"), "byte 0xe9 at offset 7 is not valid UTF-8"),
        (b" " * (MAX_FEED_BYTES + 1), "the limit is"),
    ],
)
def test_other_data_is_refused_and_explained(data: bytes, message: str) -> None:
    with pytest.raises(FeedError, match=message) as caught:
        read_crossref(data, "a.json")
    assert caught.value.message.startswith("a.json")


def test_a_byte_order_mark_is_allowed() -> None:
    assert read_crossref(b"\xef\xbb\xbf" + crossref_list(crossref_work()), "a.json").entries == 1


def test_no_control_character_reaches_a_key() -> None:
    poll = read_crossref(crossref_list(crossref_work("10.1000/a\x00b"), crossref_work("10.1000/a\ud800b")), "a.json")
    assert poll.papers == ()
    assert [problem.skipped for problem in poll.problems] == [True, True]


def test_half_characters_become_readable_ones() -> None:
    (paper,) = read_crossref(crossref_list(crossref_work(title=["a\ud800b\x00c"])), "a.json").papers
    assert paper.title == "a\ufffdb c"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with suppress(FeedError):
        read_crossref(data, "a.json")


def test_real_records_are_all_read(real_data: Path) -> None:
    poll = read_crossref((real_data / "crossref_works.json").read_bytes(), "crossref_works.json")
    expected = json.loads((real_data / "expected.json").read_text())["crossref_items"]
    assert (poll.entries, len(poll.papers), poll.problems) == (expected, expected, ())
    assert not [paper.title for paper in poll.papers if "<" in paper.title or "  " in paper.title]
    article = next(paper for paper in poll.papers if paper.doi == "10.1002/ece3.2314")
    assert "doi:10.1101/014852" in work_keys(article)
