"""What changed between two versions is said in sentences."""

from stratum_research.changes import describe_changes
from stratum_research.papers import Paper

BEFORE = Paper(
    work_key="arxiv:2401.00001",
    source="arxiv",
    title="Old title",
    abstract="We show A. We show B.",
    authors=("Ada", "Bo"),
    comment="8 pages",
)


def after(**fields: object) -> Paper:
    return BEFORE.model_copy(update={"version": 2, **fields})


def test_the_same_record_in_a_new_version_has_no_changes_to_tell() -> None:
    assert describe_changes(BEFORE, after()) == ()


def test_new_sentences_are_quoted_and_lost_ones_counted() -> None:
    assert describe_changes(BEFORE, after(abstract="We show A. We also show C.")) == (
        "The abstract has 1 new or reworded sentence; 1 of the earlier sentences is gone.",
        "New in the abstract: “We also show C.”",
    )


def test_at_most_three_new_sentences_are_quoted() -> None:
    changes = describe_changes(BEFORE, after(abstract="We show A. We show B. C. D. E is long. F is long. G is long."))
    assert sum(change.startswith("New in the abstract") for change in changes) == 3


def test_title_comment_place_and_doi_are_told() -> None:
    assert describe_changes(
        BEFORE, after(title="New title", comment="v2: Lemma 3 corrected", journal_ref="PeerJ 1", doi="10.1000/x")
    ) == (
        "The title was “Old title”.",
        "The authors' comment is now “v2: Lemma 3 corrected”.",
        "It has appeared in PeerJ 1.",
        "Its DOI is now 10.1000/x.",
    )


def test_authors_who_joined_or_left_are_named_within_bounds() -> None:
    many = ("Ada", *(f"Author {number}" for number in range(7)))
    assert describe_changes(BEFORE, after(authors=many)) == (
        "New among the authors: Author 0, Author 1, Author 2, Author 3, Author 4 and 2 more.",
        "No longer among the authors: Bo.",
    )


def test_a_withdrawal_comes_first() -> None:
    assert describe_changes(BEFORE, after(notice="withdrawn", title="X"))[0] == "The paper is now marked as withdrawn."


def test_a_field_that_became_empty_is_not_told() -> None:
    assert describe_changes(BEFORE, after(comment="")) == ()
