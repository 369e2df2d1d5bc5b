"""Papers are new, later versions of known works, or known as they are."""

from hypothesis import given
from hypothesis import strategies as st

from stratum_research.merging import merge_works
from stratum_research.papers import Paper
from stratum_research.sorting import Handled, claim_keys, sort_papers, version_key
from tests.packs.research.paper_strategies import papers


def arxiv(number: int = 1, version: int = 1, *, doi: str = "") -> Paper:
    return Paper(work_key=f"arxiv:2401.0000{number}", source="arxiv", version=version, title="T", doi=doi)


def crossref(doi: str, *also: str) -> Paper:
    return Paper(work_key=f"doi:{doi}", source="crossref", title="T", doi=doi, also_known_as=also)


def handled(*known: Paper) -> dict[str, Handled]:
    """Return what is remembered once these papers were handled, in their order."""
    memory: dict[str, Handled] = {}
    for paper in known:
        memory |= dict.fromkeys(claim_keys(paper, memory), Handled(work_key=paper.work_key, version=paper.version))
    return memory


def test_without_a_memory_everything_is_new_in_the_order_of_the_feed() -> None:
    assert sort_papers([arxiv(2), arxiv(1)], {}).new == (arxiv(2), arxiv(1))


def test_a_later_version_is_an_update_of_what_was_handled_and_an_earlier_one_is_known() -> None:
    found = sort_papers([arxiv(version=1), arxiv(version=2), arxiv(version=3)], handled(arxiv(version=2)))
    assert [(update.paper.version, update.before.version) for update in found.updated] == [(3, 2)]
    assert [paper.version for paper in found.seen] == [1, 2]
    assert found.new == ()


def test_the_journals_record_of_a_preprint_that_was_handled_is_known() -> None:
    memory = handled(arxiv(version=1, doi="10.1000/a"))
    assert sort_papers([crossref("10.1000/a")], memory).seen == (crossref("10.1000/a"),)


def test_a_preprint_of_a_handled_journal_article_is_known_and_no_update() -> None:
    memory = handled(crossref("10.1000/a", "arxiv:2401.00001"))
    assert sort_papers([arxiv(version=3)], memory).seen == (arxiv(version=3),)


def test_another_arxiv_paper_that_states_the_same_doi_by_mistake_is_new() -> None:
    memory = handled(arxiv(1, doi="10.1000/a"))
    wrong = arxiv(2, doi="10.1000/a")
    assert sort_papers([wrong], memory).new == (wrong,)
    assert claim_keys(wrong, memory) == ("arxiv:2401.00002",)


def test_a_paper_is_claimed_under_all_its_own_keys() -> None:
    paper = arxiv(doi="10.1000/a").model_copy(update={"also_known_as": ("doi:10.1000/z",)})
    assert claim_keys(paper, {}) == ("arxiv:2401.00001", "doi:10.1000/a", "doi:10.1000/z")


def test_a_version_has_a_key_of_its_own() -> None:
    assert version_key(arxiv(version=2)) == "arxiv:2401.00001v2"


@given(st.lists(papers(), max_size=8), st.lists(papers(), max_size=8))
def test_each_paper_is_in_one_group_and_what_was_handled_is_not_new_again(
    before: list[Paper], after: list[Paper]
) -> None:
    memory = handled(*merge_works(before))
    found = sort_papers(after, memory)
    groups = [*found.new, *(update.paper for update in found.updated), *found.seen]
    assert sorted(groups, key=repr) == sorted(after, key=repr)
    again = sort_papers(merge_works(before), memory)
    assert again.updated == ()
    assert again.new == ()
