"""Texts are evened out and never rewritten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_research.texts import even, looks_twice_encoded, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A title\n  over two lines", "A title over two lines"),
        (" \t\r\n", ""),
        ("tab\there", "tab here"),
        ("nul\x00here", "nul here"),
        ("line\u2028separator", "line separator"),
        ("half\ud800character", "half\ufffdcharacter"),
        # The second half of a mangled letter may be a control or a no-break space: it stays.
        ("Oliver Wei\u00c3\u009fl", "Oliver Wei\u00c3\u009fl"),
        ("voil\u00c3\u00a0 done", "voil\u00c3\u00a0 done"),
    ],
)
def test_white_space_is_evened_out(text: str, expected: str) -> None:
    assert even(text) == expected


@given(st.text())
def test_an_even_text_is_one_line_that_any_file_can_hold(text: str) -> None:
    tidy = even(text)
    assert even(tidy) == tidy
    assert not set(tidy) & set("\n\r\t\x00\u2028\u2029")
    assert tidy.encode().decode() == tidy


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<jats:title>Abstract</jats:title><jats:p>We show it.</jats:p>", "We show it."),
        ("<jats:p>One.</jats:p><jats:p>Two.</jats:p>", "One. Two."),
        ("<jats:sec><jats:title>Background</jats:title><jats:p>Old.</jats:p></jats:sec>", "Background Old."),
        (
            "The genomic sequence of\n   <i>Exiguobacterium chiriqhucha</i>\n  str.",
            "The genomic sequence of Exiguobacterium chiriqhucha str.",
        ),
        ("H<sub>2</sub>O and 10<sup>6</sup>", "H2O and 106"),
        ("ecology &amp; evolution", "ecology & evolution"),
        ("AT&amp;amp;T", "AT&amp;T"),
        ("p &lt; 0.05", "p < 0.05"),
        ("if a<b and c>d then", "if a<b and c>d then"),
        ("x < y > z", "x < y > z"),
        ("one<br/>two", "one two"),
        ('<jats:italic toggle="yes">E. coli</jats:italic>', "E. coli"),
        ("before<!-- <i>hidden</i> -->after", "beforeafter"),
        ("one<!-- a -->two<!-- b -->three <!-- without an end", "onetwothree <!-- without an end"),
        ("<![CDATA[kept]]>", "kept"),
        ("a < jats:p", "a < jats:p"),
        ("", ""),
    ],
)
def test_markup_becomes_plain_text(markup: str, expected: str) -> None:
    assert plain(markup) == expected


def test_spaces_that_markup_left_inside_brackets_stay_as_they_are() -> None:
    assert plain("clams (\n  <i>Tridacna maxima</i>\n ) distractible?") == "clams ( Tridacna maxima ) distractible?"


def test_markup_without_end_is_read_in_linear_time() -> None:
    assert len(plain("<i " * 100_000)) > 100_000
    assert plain("<!--" * 100_000).startswith("<!--")
    assert plain("<!-- -->" * 100_000) == ""
    assert len(plain(f"<i{' ' * 100_000}" * 3)) < 100_000


@pytest.mark.parametrize("text", ["RamÃ\xadrez", "JosÃ©", "$Ï\x80$Test", "Ã\x9f", "donâ€™t"])
def test_texts_that_were_encoded_twice_are_recognised(text: str) -> None:
    assert looks_twice_encoded(text)


@pytest.mark.parametrize("text", ["Ramírez", "naïve Ångström", "São Paulo", "日本語 Ω", "«Âme»", "ÄÖÜ", "plain", "Ã"])
def test_ordinary_texts_are_not_taken_for_mangled_ones(text: str) -> None:
    assert not looks_twice_encoded(text)
