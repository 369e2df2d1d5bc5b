"""Finds the phrases of one to three words that a paper is about."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from .ranking import rank_words
from .sentences import is_content, split_sentences, stem, words_of
from .stop_words import VAGUE_WORDS

_WORDS_MAX = 3
_COMPANY_BONUS = 0.5
_TIMES_MIN = 2
_SHORT_LETTERS = 3
_WORD_PART = re.compile(r"[^\s-]+")
_SEPARATORS = str.maketrans(dict.fromkeys(',;:()[]{}.!?"/|\u201c\u201d\u2013\u2014', "\n"))

Phrase = tuple[str, ...]


def keywords_of(title: str, abstract: str, *, count: int) -> tuple[str, ...]:
    """Return the ``count`` best phrases, best first, each in the spelling it has most often in the text.

    Words are ranked by TextRank; words that stand together form phrases. A phrase gains by its words' ranks, by how
    often it occurs and by having two or three words; in the title it counts twice. Left out are phrases that occur
    once, single words that tell nothing alone, and phrases that share half of their words with a better one.
    """
    parts = (title, *split_sentences(abstract))
    ranks = rank_words([[stem(word) for word in words_of(part) if is_content(word)] for part in parts])
    times: Counter[Phrase] = Counter()
    spellings: dict[Phrase, Counter[str]] = {}
    for number, part in enumerate(parts):
        for phrase in phrases_in(part):
            key = stemmed(phrase)
            times[key] += 1
            spellings.setdefault(key, Counter())[" ".join(phrase)] += 1
            if number == 0:
                times[key] += 1
    scored = {
        key: _score(key, times[key], ranks)
        for key, forms in spellings.items()
        if times[key] >= _TIMES_MIN and not is_vague(key) and not _is_short(forms)
    }
    chosen: list[Phrase] = []
    for key in sorted(scored, key=lambda key: (-scored[key], key)):
        if len(chosen) < count and not any(_overlap(key, other) for other in chosen):
            chosen.append(key)
    return tuple(spelling(spellings[key]) for key in chosen)


def stemmed(phrase: Sequence[str]) -> Phrase:
    """Return the stems of a phrase's words, which all its forms share."""
    return tuple(stem(word) for word in phrase)


def is_vague(key: Phrase) -> bool:
    """Tell whether a phrase, given by its stems, is one word that tells nothing without another."""
    return len(key) == 1 and key[0] in _VAGUE_STEMS


def phrases_in(text: str) -> Iterator[Phrase]:
    """Yield every run of one to three content words that no other word and no punctuation interrupts."""
    for piece in text.translate(_SEPARATORS).split("\n"):
        run: list[str] = []
        for word in [*words_of(piece), ""]:
            if word and is_content(word):
                run.append(word)
            else:
                yield from _parts(run)
                run = []


def spelling(forms: Counter[str]) -> str:
    """Return the most frequent spelling, in lower case but for words with capitals inside, such as abbreviations."""
    best = min(forms, key=lambda form: (-forms[form], form))
    return _WORD_PART.sub(lambda part: part[0] if part[0][1:] != part[0][1:].lower() else part[0].lower(), best)


def _parts(run: Sequence[str]) -> Iterator[Phrase]:
    for length in range(1, _WORDS_MAX + 1):
        for start in range(len(run) - length + 1):
            yield tuple(run[start : start + length])


def _score(key: Phrase, times: int, ranks: Mapping[str, float]) -> float:
    company = 1 + _COMPANY_BONUS * (len(key) - 1)
    return sum(ranks[part] for part in key) / len(key) * math.sqrt(times) * company


def _is_short(forms: Counter[str]) -> bool:
    # Three letters are a term if they are an abbreviation ("TCP"), and chance if not ("day").
    best = spelling(forms)
    return len(best) <= _SHORT_LETTERS and best.islower()


def _overlap(key: Phrase, other: Phrase) -> bool:
    return 2 * len(set(key) & set(other)) >= min(len(key), len(other))


_VAGUE_STEMS = frozenset(stem(word) for word in VAGUE_WORDS)
