"""Finds what several papers have in common."""

from collections import Counter
from collections.abc import Mapping, Sequence

from .keywords import Phrase, is_vague, phrases_in, spelling, stemmed

_PAPERS_MIN = 2
_SAME_PAPERS_MAX = 2
_LENGTH_BONUS = 0.6
_KEYWORD_BONUS = 0.5

# What nearly all papers say is what was asked for: it tells nothing about what is new.
_SHARE_MAX = 0.8
_SHARE_COUNTS_FROM_PAPERS = 4

Text = tuple[str, str, tuple[str, ...]]
"""A paper's title, its abstract and its keywords."""


def shared_themes(texts: Mapping[str, Text], *, count: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return at most ``count`` themes as (label, names of the papers that share it), the strongest first.

    ``texts`` maps a paper's name to its text. A theme is a phrase in at least two papers, but not in nearly all of
    them, that is a keyword of at least one (a single word: of two). It gains by the number of papers, by being a
    keyword of more of them, and by having more words; it is left out if a stronger theme covers it, or if
    two stronger ones name the very same papers.
    """
    spellings: dict[Phrase, Counter[str]] = {}
    papers: dict[Phrase, dict[str, None]] = {}
    keyed: Counter[Phrase] = Counter()
    for name, (title, abstract, keywords) in texts.items():
        for phrase in (*phrases_in(title), *phrases_in(abstract)):
            key = stemmed(phrase)
            spellings.setdefault(key, Counter())[" ".join(phrase)] += 1
            papers.setdefault(key, {})[name] = None
        keyed.update({stemmed(part) for keyword in keywords for part in phrases_in(keyword)})
    papers_max = len(texts) * _SHARE_MAX if len(texts) >= _SHARE_COUNTS_FROM_PAPERS else len(texts)
    scored = {
        key: (len(names) + _KEYWORD_BONUS * keyed[key]) * (1 + _LENGTH_BONUS * (len(key) - 1))
        for key, names in papers.items()
        if _PAPERS_MIN <= len(names) <= papers_max and keyed[key] >= (_PAPERS_MIN if len(key) == 1 else 1)
    }
    chosen: list[Phrase] = []
    for key in sorted(scored, key=lambda key: (-scored[key], key)):
        if len(chosen) < count and not is_vague(key) and _adds_something(key, chosen, papers):
            chosen.append(key)
    return tuple((spelling(spellings[key]), tuple(papers[key])) for key in chosen)


def _adds_something(key: Phrase, chosen: Sequence[Phrase], papers: Mapping[Phrase, Mapping[str, None]]) -> bool:
    names = set(papers[key])
    for other in chosen:
        shared = set(key) & set(other)
        nested = len(shared) == min(len(key), len(other))
        if shared and len(names - set(papers[other])) < (_PAPERS_MIN if nested else 1):
            return False
    return sum(names == set(papers[other]) for other in chosen) < _SAME_PAPERS_MAX
