"""Splits English scientific text into sentences and words.

When in doubt, two sentences stay together: a sentence cut in the middle reads worse in a brief than a long one.
"""

import re
from functools import lru_cache
from typing import Protocol, cast

from snowballstemmer.english_stemmer import EnglishStemmer  # type: ignore[import-untyped]  # the library has no types

from .stop_words import STOP_WORDS

SENTENCES_MAX = 80
"""Sentences of one text that are looked at; abstracts have about ten."""

_BREAK = re.compile(r"""(?<=[.!?])["'\u201d\u2019)\]]*\s+(?=["'\u201c\u2018(\[]?[A-Z0-9$\\])""")
_NO_BREAK_AFTER = re.compile(
    r"(?:^|[\s(\[])(?:e\.g|i\.e|cf|vs|viz|resp|approx|ca|al|etc|fig|figs|eq|eqs|sec|secs|ref|refs|tab|thm|def|prop|lem"
    r"|no|nos|vol|pp|ed|eds|dr|prof|mr|mrs|ms|st|jr|sr|w\.r\.t|a\.k\.a|i\.i\.d|u\.s|u\.k|e\.u|[a-z])\.$",
    re.IGNORECASE,
)
# An abbreviation that often ends a sentence does so when the next word could not follow it within one.
_MAY_END = re.compile(r"\b(?:al|etc|i\.i\.d|u\.s|u\.k|e\.u)\.$|(?:^|\s)(?-i:[A-Z])\.$", re.IGNORECASE)
_OPENING = re.compile(r"^(?:We|In|This|These|The|Our|It|However|Here|To|Such|As|A|An|For|By|Results?)\b")

_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W_]+)*|\d+(?:\.\d+)?%?")
_MATHS = re.compile(r"\$[^$]{0,400}\$|\\\(.{0,400}?\\\)|\\\[.{0,400}?\\\]|\\[a-zA-Z]+")
_ABBREVIATION_MAX = 12
_STEM_FROM_LETTERS = 3


class _Stemmer(Protocol):
    """What is used of the library's stemmers."""

    def stemWord(self, word: str, /) -> str: ...  # noqa: N802 - the library's name


def split_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, in order and as they stand in it; at most ``SENTENCES_MAX``."""
    sentences: list[str] = []
    start = 0
    for gap in _BREAK.finditer(text):
        sentence = text[start : gap.end()].strip()
        if _ends_here(sentence, last_word=text[start : gap.start()][-_ABBREVIATION_MAX:], rest=text[gap.end() :]):
            sentences.append(sentence)
            start = gap.end()
    sentences.append(text[start:].strip())
    return tuple(sentence for sentence in sentences if sentence)[:SENTENCES_MAX]


def words_of(text: str) -> list[str]:
    """Return the words of a text in order, formulas left out."""
    return _WORD.findall(_MATHS.sub(" ", text))


def is_content(word: str) -> bool:
    """Tell whether a word carries meaning: no number, no stop word, at least three letters."""
    return len(word) >= _STEM_FROM_LETTERS and word[0].isalpha() and word.lower() not in STOP_WORDS


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the stem that the forms of an English word share (Porter's second algorithm)."""
    # A stemmer keeps the word in itself while it works, so threads cannot share one.
    return cast("_Stemmer", EnglishStemmer()).stemWord(word.lower())


def stems(text: str) -> list[str]:
    """Return the stems of the content words of a text, in order, with repeats."""
    return [stem(word) for word in words_of(text) if is_content(word)]


def _ends_here(sentence: str, *, last_word: str, rest: str) -> bool:
    if sentence.count("$") % 2 or sentence.count("(") > sentence.count(")"):
        return False
    if _NO_BREAK_AFTER.search(last_word) is None:
        return True
    return _MAY_END.search(last_word) is not None and _OPENING.match(rest) is not None
