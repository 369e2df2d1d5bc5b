"""Crossref's fields are read as members really fill them in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_research import crossref_fields
from tests.packs.research.feed_texts import crossref_work

JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


DATES: list[tuple[object, str]] = [
    ({"date-parts": [[2022, 10, 25]]}, "2022-10-25"),
    ({"date-parts": [[2023, 3]]}, "2023-03"),
    ({"date-parts": [[2019]]}, "2019"),
    ({"date-parts": [[None]]}, ""),
    ({"date-parts": [[]]}, ""),
    ({"date-parts": []}, ""),
    ({"date-parts": [[2023, 13]]}, "2023"),
    ({"date-parts": [[2023, 2, 99]]}, "2023-02"),
    ({"date-parts": [["2023"]]}, ""),
    ({"date-parts": [[0]]}, ""),
    ({}, ""),
    (None, ""),
    ("2023", ""),
]


@pytest.mark.parametrize(("value", "date"), DATES)
def test_a_date_is_as_precise_as_it_is(value: object, date: str) -> None:
    assert crossref_fields.date_of({"published": value}, "published") == date


def test_the_first_date_that_is_one_counts() -> None:
    fields = {"published": {"date-parts": [[None]]}, "issued": {"date-parts": [[2020]]}}
    assert crossref_fields.date_of(fields, "published", "issued") == "2020"


def test_the_first_moment_that_is_one_counts() -> None:
    fields = {"deposited": {"date-time": "soon"}, "created": {"date-time": "2022-10-25T03:34:21Z"}}
    assert crossref_fields.moment_of(fields, "missing", "deposited", "created") == "2022-10-25T03:34:21Z"
    assert crossref_fields.moment_of({}, "deposited") == ""


def test_people_and_organisations_are_authors() -> None:
    authors = [{"given": "Ada", "family": "Lovelace"}, {"family": "Plato"}, {"name": "The <i>ATLAS</i> team"}, {}, "x"]
    assert list(crossref_fields.author_names({"author": authors})) == ["Ada Lovelace", "Plato", "The ATLAS team", ""]


@pytest.mark.parametrize(
    ("fields", "reference"),
    [
        ({}, "PeerJ 10, e14276 (2022)"),
        ({"issue": "4"}, "PeerJ 10(4), e14276 (2022)"),
        ({"page": None, "article-number": "7"}, "PeerJ 10, 7 (2022)"),
        ({"volume": None, "page": None}, "PeerJ (2022)"),
        ({"published": None}, "PeerJ 10, e14276"),
        ({"container-title": [], "short-container-title": ["Peer J"]}, "Peer J 10, e14276 (2022)"),
        ({"container-title": None}, ""),
    ],
)
def test_a_journal_reference_is_made_of_what_is_there(fields: dict[str, object], reference: str) -> None:
    assert crossref_fields.journal_reference(crossref_work(**fields)) == reference


def test_records_of_the_same_work_are_named_and_reviews_are_not() -> None:
    relation = {
        "has-preprint": [
            {"id-type": "doi", "id": "10.7287/PeerJ.preprints.2512v2"},
            {"id-type": "arxiv", "id": "2401.00001v3"},
        ],
        "is-version-of": [{"id-type": "uri", "id": "https://example.org"}, {"id-type": "doi", "id": "broken"}, {}, "x"],
        "has-review": [{"id-type": "doi", "id": "10.7287/peerj.3162v0.1/reviews/1"}],
    }
    assert crossref_fields.same_work_keys({"relation": relation}) == (
        "doi:10.7287/peerj.preprints.2512",
        "arxiv:2401.00001",
    )


def test_the_number_of_related_records_is_bounded() -> None:
    many = [{"id-type": "doi", "id": f"10.1000/{number}"} for number in range(1000)]
    assert len(crossref_fields.same_work_keys({"relation": {"has-version": many}})) == 50


@pytest.mark.parametrize(
    ("fields", "title", "notice"),
    [
        ({"updated-by": [{"type": "correction"}, {"type": "retraction", "DOI": "10.1000/r"}]}, "T", "retracted"),
        ({"updated-by": [{"type": "withdrawal"}]}, "T", "withdrawn"),
        ({}, "RETRACTED: A title", "retracted"),
        ({}, "Retracted article: A title", "retracted"),
        ({}, "Withdrawn: A title", "withdrawn"),
        ({}, "Retracted papers and their authors", ""),
        ({"update-to": [{"type": "retraction"}]}, "Notice", ""),
    ],
)
def test_a_retraction_is_seen_where_the_record_says_it(fields: dict[str, object], title: str, notice: str) -> None:
    assert crossref_fields.retraction(fields, title) == notice


@given(
    st.dictionaries(st.sampled_from(["author", "relation", "published", "container-title", "updated-by"]), JSON_VALUES)
)
def test_no_json_breaks_the_readers(fields: dict[str, object]) -> None:
    list(crossref_fields.author_names(fields))
    crossref_fields.journal_reference(fields)
    crossref_fields.same_work_keys(fields)
    crossref_fields.retraction(fields, "T")
    crossref_fields.date_of(fields, "published")
    crossref_fields.moment_of(fields, "published")
