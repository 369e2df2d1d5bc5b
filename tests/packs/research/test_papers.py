"""A paper knows every name of its work, and links only where its key leads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stratum_research.papers import Paper, notice_in, page_url, read_moment, work_keys
from tests.packs.research.paper_strategies import papers

ARXIV = Paper(work_key="arxiv:2202.12139", source="arxiv", version=2, title="T", doi="10.1109/icstw55395.2022.00035")


def test_an_arxiv_paper_is_known_by_its_id_and_its_doi() -> None:
    assert work_keys(ARXIV) == ("arxiv:2202.12139", "doi:10.1109/icstw55395.2022.00035")


def test_a_crossref_record_is_known_by_its_doi_and_its_preprint() -> None:
    paper = Paper(
        work_key="doi:10.7717/peerj.3162",
        source="crossref",
        title="T",
        doi="10.7717/peerj.3162",
        also_known_as=("doi:10.7287/peerj.preprints.2512", "doi:10.7717/peerj.3162"),
    )
    assert work_keys(paper) == ("doi:10.7717/peerj.3162", "doi:10.7287/peerj.preprints.2512")


def test_a_versioned_doi_is_known_without_its_version() -> None:
    paper = Paper(
        work_key="doi:10.21203/rs.3.rs-1", source="crossref", version=2, title="T", doi="10.21203/rs.3.rs-1/v2"
    )
    assert work_keys(paper) == ("doi:10.21203/rs.3.rs-1",)
    assert paper.versioned_id == "10.21203/rs.3.rs-1/v2"


def test_ids_are_cited_as_their_source_writes_them() -> None:
    old = Paper(work_key="arxiv:astro-ph/0601001", source="arxiv", title="T")
    crossref = Paper(work_key="doi:10.7717/peerj.3162", source="crossref", title="T")
    assert (ARXIV.bare_id, ARXIV.versioned_id) == ("2202.12139", "2202.12139v2")
    assert old.versioned_id == "astro-ph/0601001v1"
    assert crossref.versioned_id == "10.7717/peerj.3162"


@pytest.mark.parametrize(
    ("key", "version", "url"),
    [
        ("arxiv:2202.12139", 3, "https://arxiv.org/abs/2202.12139v3"),
        ("arxiv:astro-ph/0601001", None, "https://arxiv.org/abs/astro-ph/0601001"),
        ("doi:10.1/a<b>(c)\"'#?&", None, "https://doi.org/10.1/a%3Cb%3E(c)%22%27%23%3F%26"),
    ],
)
def test_links_are_built_from_the_key_and_hold_nothing_active(key: str, version: int | None, url: str) -> None:
    assert page_url(key, version=version) == url


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("This paper has been withdrawn by the authors due to an error in Lemma 3", "withdrawn"),
        ("This submission was retracted", "retracted"),
        ("Withdrawn: superseded by arXiv:2202.12139", "withdrawn"),
        ("this article (v2) has been withdrawn", "withdrawn"),
        ("Paper withdrawn", "withdrawn"),
        ("Blood was withdrawn from 30 patients", ""),
        ("We study why papers are retracted", ""),
        ("20 pages, 3 figures", ""),
        ("", ""),
    ],
)
def test_a_withdrawal_is_seen_where_the_paper_says_it_of_itself(text: str, notice: str) -> None:
    assert notice_in("", text) == notice


@pytest.mark.parametrize(
    "fields",
    [
        {"work_key": "2202.12139"},
        {"work_key": "doi:10.1000/x"},
        {"version": 0},
        {"title": ""},
        {"published": "yesterday"},
        {"doi": "https://doi.org/10.1000/x"},
        {"colour": "blue"},
    ],
)
def test_a_paper_that_does_not_hold_together_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Paper.model_validate({**ARXIV.model_dump(), **fields})


@pytest.mark.parametrize(
    "date", ["", "2023", "2023-03", "2023-03-14", "2023-03-14T08:00:00Z", "2007-10-12T00:00:00-04:00"]
)
def test_dates_are_as_precise_as_they_are_known(date: str) -> None:
    assert Paper.model_validate({**ARXIV.model_dump(), "published": date}).published == date


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (" 2022-02-24T15:05:19Z\n", "2022-02-24T15:05:19Z"),
        ("2007-10-12T00:00:00-04:00", "2007-10-12T00:00:00-04:00"),
        ("2022-02-24", "2022-02-24"),
        ("2022-02-24 15:05", "2022-02-24T15:05:00"),
        ("20220224T150519Z", "2022-02-24T15:05:19+00:00"),
        ("2022-02-24T15:05:19+01:00:30", None),
        ("2022-02-30T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_moment_is_read_as_it_is_written(text: str, moment: str | None) -> None:
    assert read_moment(text) == moment


@given(st.text(max_size=30))
def test_whatever_is_read_as_a_moment_fits_into_a_paper(text: str) -> None:
    moment = read_moment(text)
    assert moment is None or Paper.model_validate({**ARXIV.model_dump(), "updated": moment}).updated == moment


@given(papers())
def test_a_paper_survives_json(paper: Paper) -> None:
    assert Paper.model_validate_json(paper.model_dump_json()) == paper
