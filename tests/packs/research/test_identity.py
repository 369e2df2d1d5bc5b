"""Whatever way a work is named, it has one key."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stratum_research.errors import ResearchError, UnknownIdError
from stratum_research.identity import WorkId, arxiv_id, doi, plain_doi, work_id
from tests.packs.research.paper_strategies import arxiv_ids, dois, old_style_ids

SPELLINGS = [
    "{}",
    " {} ",
    "arXiv:{}",
    "arxiv: {}",
    "http://arxiv.org/abs/{}",
    "https://www.arxiv.org/abs/{}",
    "https://export.arxiv.org/abs/{}/",
    "https://arxiv.org/pdf/{}.pdf",
    "HTTPS://ARXIV.ORG/ABS/{}",
    "arxiv.org/abs/{}?context=cs#top",
    "10.48550/arXiv.{}",
    "https://doi.org/10.48550/ARXIV.{}",
]


@pytest.mark.parametrize(
    ("text", "key", "version"),
    [
        ("2202.12139v1", "arxiv:2202.12139", 1),
        ("http://arxiv.org/abs/2409.05654v9", "arxiv:2409.05654", 9),
        ("0704.0001", "arxiv:0704.0001", None),
        ("1412.7878v12", "arxiv:1412.7878", 12),
        ("9912.12345v2", "arxiv:9912.12345", 2),
        ("http://arxiv.org/abs/astro-ph/0601001v1", "arxiv:astro-ph/0601001", 1),
        ("math.GT/0309136", "arxiv:math/0309136", None),
        ("math/0309136", "arxiv:math/0309136", None),
        ("MATH.gt/0309136V3", "arxiv:math/0309136", 3),
        ("cond-mat.str-el/9901001v2", "arxiv:cond-mat/9901001", 2),
        # arXiv reads a serial with a missing or a superfluous zero in the same way.
        ("2202.0213", "arxiv:2202.00213", None),
        ("0808.05394", "arxiv:0808.5394", None),
    ],
)
def test_arxiv_ids_of_both_schemes_are_read(text: str, key: str, version: int | None) -> None:
    assert arxiv_id(text) == WorkId(key, version)


@given(arxiv_ids(), st.one_of(st.none(), st.integers(1, 99)), st.sampled_from(SPELLINGS))
def test_every_spelling_of_an_arxiv_id_gives_the_same_work(bare: str, version: int | None, spelling: str) -> None:
    text = spelling.format(bare if version is None else f"{bare}v{version}")
    assert arxiv_id(text) == WorkId(f"arxiv:{bare}", version)
    assert arxiv_id(text.upper()) == WorkId(f"arxiv:{bare}", version)


@given(arxiv_ids(), st.integers(1, 9999), st.integers(1, 9999))
def test_versions_of_a_paper_are_one_work(bare: str, first: int, second: int) -> None:
    assert arxiv_id(f"{bare}v{first}").key == arxiv_id(f"{bare}v{second}").key == arxiv_id(bare).key


@given(arxiv_ids())
def test_a_key_reads_back_as_itself(bare: str) -> None:
    key = arxiv_id(bare).key
    assert work_id(key).key == key


@given(old_style_ids(), st.sampled_from(["GT", "AG", "str-el"]))
def test_subject_classes_do_not_make_another_work(bare: str, subject: str) -> None:
    archive, _, number = bare.partition("/")
    assert arxiv_id(f"{archive}.{subject}/{number}") == arxiv_id(bare)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000.0000",
        "2213.00001",
        "2200.00001",
        "0703.0001",
        "2202.00000",
        "0808.54321",
        "2202.123",
        "2202.123456",
        "2202.12139v0",
        "2202.12139w1",
        "2202.12139v1v2",
        "astro-ph/0601000",
        "astro-ph/0613001",
        "astro-ph/0704001",
        "astro-ph/9001001",
        "/0601001",
        "../0601001",
        "2202.12139 2202.12140",
        "\uff12\uff12\uff10\uff12.12139",
        "http://example.org/abs/2202.12139",
        "https://arxiv.org/list/cs.SE/new",
        "9" * 5000,
    ],
)
def test_other_texts_are_no_arxiv_ids(text: str) -> None:
    with pytest.raises(UnknownIdError, match=r"is not an arXiv id\. Expected a form such as") as caught:
        arxiv_id(text)
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    "text",
    [
        "10.1109/ICSTW55395.2022.00035",
        "10.1109/icstw55395.2022.00035",
        "doi:10.1109/ICSTW55395.2022.00035",
        "DOI: 10.1109/ICSTW55395.2022.00035",
        "https://doi.org/10.1109/ICSTW55395.2022.00035",
        "http://dx.doi.org/10.1109/ICSTW55395.2022.00035",
        "https://doi.org/10.1109%2FICSTW55395.2022.00035",
        "doi.org/10.1109/ICSTW55395.2022.00035",
        "info:doi/10.1109/ICSTW55395.2022.00035",
    ],
)
def test_every_spelling_of_a_doi_gives_the_same_work(text: str) -> None:
    assert doi(text) == WorkId("doi:10.1109/icstw55395.2022.00035", None)
    assert plain_doi(text) == "10.1109/icstw55395.2022.00035"


@given(dois())
@example("10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O")
def test_dois_are_equal_without_regard_to_case(text: str) -> None:
    assert doi(text) == doi(text.upper()) == doi(text.lower()) == doi(f"https://doi.org/{text}")
    assert doi(doi(text).key) == doi(text)


def test_letters_outside_ascii_keep_their_case_in_a_doi() -> None:
    assert doi("10.1000/ÉCOLE").key == "doi:10.1000/École"
    assert doi("10.1000/École") != doi("10.1000/école")


@given(arxiv_ids())
def test_an_arxiv_doi_names_the_arxiv_work(bare: str) -> None:
    assert doi(f"10.48550/arXiv.{bare}") == work_id(f"https://doi.org/10.48550/arXiv.{bare}") == arxiv_id(bare)


@pytest.mark.parametrize(
    ("text", "key", "version"),
    [
        ("10.21203/rs.3.rs-1234567/v2", "doi:10.21203/rs.3.rs-1234567", 2),
        ("10.20944/preprints202106.0001.v1", "doi:10.20944/preprints202106.0001", 1),
        ("10.26434/chemrxiv-2021-abc12-v3", "doi:10.26434/chemrxiv-2021-abc12", 3),
        ("10.7287/peerj.preprints.2512v1", "doi:10.7287/peerj.preprints.2512", 1),
        ("10.7287/peerj.preprints.2512", "doi:10.7287/peerj.preprints.2512", None),
        # A review's DOI has a "v" too, and is another work.
        ("10.7287/peerj.14276v0.1/reviews/1", "doi:10.7287/peerj.14276v0.1/reviews/1", None),
    ],
)
def test_a_version_within_a_preprint_doi_is_split_off(text: str, key: str, version: int | None) -> None:
    assert doi(text) == WorkId(key, version)


@pytest.mark.parametrize(
    "text",
    ["", "10.1109", "10.1109/", "11.1109/x", "10.1/x", "10.1109/a b", "10.1109/a\0b", "10.1109/a\xa0b", "x" * 5000],
)
def test_other_texts_are_no_dois(text: str) -> None:
    with pytest.raises(UnknownIdError, match="is not a DOI"):
        doi(text)


def test_a_text_that_names_no_work_is_refused_with_examples_of_both_forms() -> None:
    with pytest.raises(UnknownIdError, match=r"neither an arXiv id nor a DOI.*2202\.12139v1.*10\.1109") as caught:
        work_id("ISBN 3-16-148410-0")
    assert isinstance(caught.value, ResearchError)
    assert caught.value.code == "research.unknown_id"


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    for read in (arxiv_id, doi, work_id):
        try:
            found = read(text)
        except UnknownIdError:
            continue
        assert found.key.startswith(("arxiv:", "doi:"))
