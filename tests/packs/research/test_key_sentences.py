"""The sentences chosen tell what a paper does and finds."""

from hypothesis import given
from hypothesis import strategies as st

from stratum_research.key_sentences import key_sentences

TITLE = "Mutation Testing for Ethereum Smart Contracts"
ABSTRACT = (
    "Smart contracts have been widely used on blockchains. "
    "However, errors in them are costly. "
    "This paper proposes mutation testing for smart contracts on Ethereum, with fifteen new mutation operators. "
    "Gardening is pleasant in spring. "
    "Experiments show that mutation testing finds 96.01% of defects in smart contracts. "
    "The rest of this paper is structured as follows."
)


def test_the_contribution_and_the_result_are_chosen() -> None:
    assert [number for number, _ in key_sentences(ABSTRACT, TITLE, count=2)] == [3, 5]


def test_sentences_are_quoted_word_for_word_in_their_order() -> None:
    chosen = key_sentences(ABSTRACT, TITLE, count=4)
    assert [number for number, _ in chosen] == sorted(number for number, _ in chosen)
    assert all(text in ABSTRACT for _, text in chosen)


def test_no_more_sentences_are_chosen_than_there_are() -> None:
    assert key_sentences("We prove it.", "T", count=3) == ((1, "We prove it."),)
    assert key_sentences("", "T", count=3) == ()


def test_scraps_are_not_quoted_beside_a_sentence() -> None:
    assert len(key_sentences("We prove that the bound is tight for all graphs. QED. Done.", "T", count=3)) == 1


@given(st.text(max_size=300), st.text(max_size=50), st.integers(1, 4))
def test_any_text_gives_the_same_choice_again(abstract: str, title: str, count: int) -> None:
    chosen = key_sentences(abstract, title, count=count)
    assert len(chosen) <= count
    assert all(text in abstract for _, text in chosen)
    assert key_sentences(abstract, title, count=count) == chosen
