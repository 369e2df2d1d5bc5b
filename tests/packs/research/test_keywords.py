"""Keywords are the phrases that a text comes back to."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_research.keywords import is_vague, keywords_of, phrases_in, spelling, stemmed

TITLE = "Mutation Testing for Ethereum Smart Contracts"
ABSTRACT = (
    "Smart contracts manage assets. This paper proposes mutation testing for smart contracts on Ethereum. "
    "Mutation operators for smart contracts are evaluated on Ethereum."
)


def test_terms_that_come_back_are_keywords() -> None:
    assert keywords_of(TITLE, ABSTRACT, count=3) == ("smart contracts", "ethereum", "mutation testing")


def test_a_phrase_that_occurs_once_is_no_keyword() -> None:
    assert keywords_of("Testing", "Gardening is pleasant. Lichen grows.", count=5) == ()


def test_a_title_alone_gives_keywords() -> None:
    assert keywords_of("Copying moss archives by cuttings", "", count=5) == ("copying moss archives", "cuttings")


def test_no_keyword_repeats_half_of_another() -> None:
    words = [set(stemmed(keyword.split())) for keyword in keywords_of(TITLE, ABSTRACT, count=5)]
    assert all(2 * len(one & other) < min(len(one), len(other)) for one in words for other in words if one is not other)


def test_vague_words_tell_something_only_in_company() -> None:
    assert is_vague(stemmed(["testing"]))
    assert not is_vague(stemmed(["mutation", "testing"]))
    assert not is_vague(stemmed(["lichen"]))


def test_phrases_stop_at_stop_words_and_punctuation() -> None:
    assert set(phrases_in("salt gradient of lichen, moss")) == {
        ("salt",),
        ("gradient",),
        ("salt", "gradient"),
        ("lichen",),
        ("moss",),
    }


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        ({"Smart Contracts": 1, "smart contracts": 3}, "smart contracts"),
        ({"REST APIs": 2}, "REST APIs"),
        ({"Error-Correcting Codes": 1}, "error-correcting codes"),
        ({"IP-Core": 1}, "IP-core"),
        ({"WebView": 1}, "WebView"),
        ({"b": 1, "a": 1}, "a"),
    ],
)
def test_a_keyword_has_its_usual_spelling(forms: dict[str, int], expected: str) -> None:
    assert spelling(Counter(forms)) == expected


def test_short_words_count_only_as_abbreviations() -> None:
    assert keywords_of("GUI day", "", count=5) == ("GUI day",)
    assert keywords_of("GUI of the day", "", count=5) == ("GUI",)


@given(st.text(max_size=80), st.text(max_size=200), st.integers(1, 5))
def test_any_text_gives_the_same_keywords_again(title: str, abstract: str, count: int) -> None:
    keywords = keywords_of(title, abstract, count=count)
    assert len(keywords) <= count
    assert len(set(keywords)) == len(keywords)
    assert keywords_of(title, abstract, count=count) == keywords
