"""Central sentences and words rank highest, equally each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_research import ranking
from stratum_research.ranking import cosine, rank_sentences, rank_words

STEMS = st.lists(st.sampled_from("abcdef"), max_size=6)


def test_the_sentence_that_shares_most_ranks_highest() -> None:
    ranks = rank_sentences([["a", "b"], ["a", "b", "c", "d"], ["c", "d"], ["x", "y"]])
    assert ranks[1] == 1.0
    assert ranks[3] == min(ranks)


def test_the_word_with_most_neighbours_ranks_highest() -> None:
    ranks = rank_words([["hub", "a"], ["hub", "b"], ["c", "hub"], ["x", "y"]])
    assert max(ranks, key=lambda word: ranks[word]) == "hub"
    assert set(ranks) == {"hub", "a", "b", "c", "x", "y"}


def test_nothing_ranks_as_nothing() -> None:
    assert rank_sentences([]) == []
    assert rank_words([]) == {}
    assert rank_sentences([[]]) == [1.0]


def test_two_halves_that_hardly_touch_are_ranked_all_the_same() -> None:
    half = [[f"{letter}{number % 7}", f"{letter}{(number * 3) % 7}"] for letter in "ab" for number in range(20)]
    assert all(0 < rank <= 1 for rank in rank_words(half).values())


def test_where_the_ranks_do_not_settle_the_sum_of_links_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "_ROUNDS_MAX", 1)
    ranks = rank_words([["hub", "a"], ["hub", "b"], ["c", "hub"]])
    assert ranks["hub"] == 1.0
    assert ranks["a"] == ranks["b"] == ranks["c"] < 1.0


@given(st.lists(STEMS, min_size=1, max_size=8))
def test_ranks_are_between_0_and_1_and_repeatable(sentences: list[list[str]]) -> None:
    ranks = rank_sentences(sentences)
    assert len(ranks) == len(sentences)
    assert all(0 < rank <= 1 for rank in ranks)
    assert max(ranks) == 1
    assert rank_sentences(sentences) == ranks
    assert rank_words(sentences) == rank_words(sentences)


def test_cosine_compares_directions() -> None:
    assert cosine({"a": 1.0}, {"a": 5.0}) == pytest.approx(1.0)
    assert cosine({"a": 1.0}, {"b": 1.0}) == 0.0
    assert cosine({}, {"a": 1.0}) == 0.0
