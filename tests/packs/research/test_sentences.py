"""Scientific English is split where its sentences end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_research.sentences import SENTENCES_MAX, is_content, split_sentences, stem, stems, words_of


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One sentence without an end", 1),
        ("First. Second! Third? Fourth.", 4),
        ("We test it, e.g. Android apps, i.e. Java ones. It works.", 2),
        ("Shown by Smith et al. The method is old.", 2),
        ("As Smith et al. Proved it, it holds.", 1),
        ("See Fig. 3 and Eq. 4. Both agree.", 2),
        ("It costs 3.5 J per cell. That is little.", 2),
        ("The number of i.i.d.\\ samples is small. We bound it.", 2),
        ("Let $p. Q$ be given. Then it holds.", 2),
        ("It holds (see above. And below) in all cases. Good.", 2),
        ('He said "stop." Then he left.', 2),
        ("\u201cQuoted.\u201d Next one.", 2),
        ("J. Smith and A. B. Jones agree. So do we.", 2),
        ("We need vitamin C. We lack it.", 2),
        ("Is it? (Yes.) It is.", 3),
        ("ends here.no space after it", 1),
        ("We use sizes 1, 2, etc. However, it works.", 2),
    ],
)
def test_a_text_is_split_into_its_sentences(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count


@given(st.text(st.sampled_from("aB.!?$()\"' e.g"), max_size=120))
def test_sentences_hold_the_whole_text(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


def test_the_number_of_sentences_is_bounded() -> None:
    assert len(split_sentences("Again. " * 1000)) == SENTENCES_MAX


def test_a_long_text_of_abbreviations_is_split_in_good_time() -> None:
    assert len(split_sentences("Shown e.g. By " * 5_000)) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Test-case prioritisation (TCP), by 55.6%", ["Test-case", "prioritisation", "TCP", "by", "55.6%"]),
        (r"the bound $\sqrt{n}/\varepsilon$ and \emph{more}", ["the", "bound", "and", "more"]),
        ("Rao's score", ["Rao's", "score"]),
        ("", []),
    ],
)
def test_words_leave_out_formulas(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_content_words_are_neither_numbers_nor_stop_words() -> None:
    assert [word for word in ("We", "propose", "of", "it", "42", "mutation", "AI", "GUI") if is_content(word)] == [
        "mutation",
        "GUI",
    ]


def test_forms_of_a_word_share_a_stem() -> None:
    assert stem("Testing") == stem("tests") == stem("tested") == "test"
    assert stems("The batteries of a battery") == ["batteri", "batteri"]
