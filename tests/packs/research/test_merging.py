"""Records of one work become one paper, whichever source and order they came in."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from stratum_research.merging import merge_works, same_work
from stratum_research.papers import Paper, work_keys
from tests.packs.research.paper_strategies import papers


def arxiv(number: str, *, version: int = 1, doi: str = "", **fields: str) -> Paper:
    return Paper.model_validate(
        {"work_key": f"arxiv:{number}", "source": "arxiv", "version": version, "title": "T", "doi": doi, **fields}
    )


def crossref(doi: str, *related: str, **fields: str) -> Paper:
    return Paper.model_validate(
        {"work_key": f"doi:{doi}", "source": "crossref", "title": "T", "doi": doi, "also_known_as": related, **fields}
    )


def test_two_versions_in_one_poll_are_one_paper_in_its_newest_version() -> None:
    (merged,) = merge_works([arxiv("2401.00001", version=1), arxiv("2401.00001", version=2)])
    assert merged.version == 2


def test_a_crossref_record_joins_the_arxiv_paper_that_states_its_doi() -> None:
    preprint = arxiv("2401.00001", doi="10.1000/a", abstract="From arXiv.")
    article = crossref("10.1000/a", journal_ref="Journal 1 (2024)", abstract="From Crossref.")
    for order in ([preprint, article], [article, preprint]):
        (merged,) = merge_works(order)
        assert merged.work_key == "arxiv:2401.00001"
        assert (merged.abstract, merged.journal_ref) == ("From arXiv.", "Journal 1 (2024)")
        assert set(work_keys(merged)) == {"arxiv:2401.00001", "doi:10.1000/a"}


def test_a_record_that_links_two_others_joins_all_three() -> None:
    first, second = arxiv("2401.00001"), crossref("10.1000/a")
    link = crossref("10.1000/b", "arxiv:2401.00001", "doi:10.1000/a")
    (merged,) = merge_works([first, second, link])
    assert set(work_keys(merged)) == {"arxiv:2401.00001", "doi:10.1000/a", "doi:10.1000/b"}


def test_two_arxiv_papers_with_the_same_doi_stay_two_works() -> None:
    first, second = arxiv("2401.00001", doi="10.1000/a"), arxiv("2401.00002", doi="10.1000/a")
    assert [paper.work_key for paper in merge_works([first, second, crossref("10.1000/a")])] == [
        "arxiv:2401.00001",
        "arxiv:2401.00002",
    ]


def test_a_record_that_names_two_arxiv_ids_joins_the_first_and_leaves_the_other_alone() -> None:
    mistaken = crossref("10.1000/a", "arxiv:2401.00001")
    listed = [arxiv("2401.00002", doi="10.1000/a"), mistaken, arxiv("2401.00001"), arxiv("2401.00001", version=2)]
    first, second = merge_works(listed)
    assert work_keys(first) == ("arxiv:2401.00002", "doi:10.1000/a")
    assert (second.work_key, second.version) == ("arxiv:2401.00001", 2)


def test_only_two_different_arxiv_ids_are_surely_two_works() -> None:
    assert same_work("arxiv:2401.00001", "arxiv:2401.00001")
    assert same_work("arxiv:2401.00001", "doi:10.1000/a")
    assert same_work("doi:10.1000/b", "doi:10.1000/a")
    assert not same_work("arxiv:2401.00001", "arxiv:2401.00002")


def test_a_notice_in_any_record_is_kept() -> None:
    (merged,) = merge_works([arxiv("2401.00001", doi="10.1000/a"), crossref("10.1000/a", notice="retracted")])
    assert merged.notice == "retracted"


def test_works_keep_the_order_in_which_they_appear() -> None:
    listed = [arxiv("2401.00003"), arxiv("2401.00001"), arxiv("2401.00003", version=2), arxiv("2401.00002")]
    assert [paper.bare_id for paper in merge_works(listed)] == ["2401.00003", "2401.00001", "2401.00002"]


def test_nothing_merges_to_nothing() -> None:
    assert merge_works([]) == ()


@given(st.lists(papers(), max_size=8))
def test_merging_loses_no_key_and_no_arxiv_paper(listed: list[Paper]) -> None:
    def keys(several: Sequence[Paper]) -> set[str]:
        return {key for paper in several for key in work_keys(paper) if key.startswith("doi:")}

    merged = merge_works(listed)
    assert keys(merged) == keys(listed)
    ids = {paper.work_key for paper in listed if paper.source == "arxiv"}
    assert sorted(paper.work_key for paper in merged if paper.source == "arxiv") == sorted(ids)


@given(st.lists(papers(), max_size=8))
def test_merging_again_changes_nothing(listed: list[Paper]) -> None:
    once = merge_works(listed)
    assert [paper.work_key for paper in merge_works(once)] == [paper.work_key for paper in once]


@given(st.lists(papers().filter(lambda paper: paper.source == "crossref"), max_size=6))
def test_the_order_of_a_poll_does_not_change_which_records_are_one_work(listed: list[Paper]) -> None:
    def partition(several: list[Paper]) -> set[frozenset[str]]:
        return {frozenset(work_keys(paper)) for paper in merge_works(several)}

    assert partition(listed) == partition(listed[::-1])
