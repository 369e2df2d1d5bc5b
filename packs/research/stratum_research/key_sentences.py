"""Chooses the sentences of an abstract that tell most of what the paper does and finds.

A sentence's score is its LexRank centrality, plus weight for sharing the title's words (Otterbacher, Erkan and Radev,
2005, https://aclanthology.org/H05-1115/), plus or minus weight for phrases that announce a contribution or a mere
background (the cue method of Edmundson, 1969, https://doi.org/10.1145/321510.321519). Later choices are marked down
for repeating earlier ones (maximal marginal relevance).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from .ranking import cosine, rank_sentences
from .sentences import split_sentences, stems, words_of

_RESULT = re.compile(
    r"\b(?:we|paper|article|work|study|thesis|survey|authors?)\s+(?:(?:also|then|further|thus|therefore|first|next)\s+)?"
    r"(?:analy|argu|assess|characteri|compar|conclud|construct|demonstrat|deriv|describ|design|develop|devis|establish"
    r"|evaluat|examin|explor|find|found|identif|introduc|investigat|observ|present|propos|prov|report|review|revisit"
    r"|show|stud|survey|unif)\w*"
    r"|\b(?:results?|experiments?|evaluation|analysis|simulations?|findings?)\s+(?:\w+\s+){0,4}"
    r"(?:confirm|demonstrate|indicate|reveal|show|suggest)s?\b"
    r"|\boutperform\w*|\b(?:is|are) (?:introduced|presented|proposed)\b"
    r"|\bin this (?:paper|article|work|study|thesis|survey)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d(?:\.\d+)?\s?(?:%|percent\b|times\b|-?fold\b|x\b)", re.IGNORECASE)
_BACKGROUND = re.compile(
    r"^(?:however|unfortunately|for (?:example|instance)|(?:more )?recently|in recent years|traditionally|despite"
    r"|although|on the other hand|nevertheless|at the same time|in addition|moreover|due to|it is (?:well[- ]known"
    r"|difficult|hard)|the (?:remainder|rest) of)\b"
    r"|\b(?:has|have) (?:only )?been (?:\w+ly )?(?:studied|investigated|used|applied|proposed|considered|shown)\b"
    r"|\b(?:is|are) (?:an? |one of the )?(?:critical|crucial|essential|fundamental|important|key|popular|vital)\b"
    r"|\bwe have seen\b",
    re.IGNORECASE,
)

_TITLE_WEIGHT = 0.6
_RESULT_WEIGHT = 0.5
_FIGURE_WEIGHT = 0.25
_BACKGROUND_WEIGHT = -0.4
_SHORT_WEIGHT = -0.4
_REPEAT_WEIGHT = -0.5
_OPENING_WEIGHT = -0.3
_OPENING_FROM_SENTENCES = 4
_SHORT_BELOW_WORDS = 7
_SHORTEST_KEPT_WORDS = 3


def key_sentences(abstract: str, title: str, *, count: int) -> tuple[tuple[int, str], ...]:
    """Return at most ``count`` sentences as (number in the abstract from 1, text), in the abstract's order."""
    sentences = split_sentences(abstract)
    bags = [stems(sentence) for sentence in sentences]
    scores = _scores(sentences, bags, title)
    chosen: list[int] = []
    while scores and len(chosen) < min(count, len(sentences)):
        left = [number for number in range(len(sentences)) if number not in chosen]
        best = max(left, key=lambda number: (scores[number] + _repeats(number, chosen, bags), -number))
        if chosen and len(words_of(sentences[best])) < _SHORTEST_KEPT_WORDS:
            break
        chosen.append(best)
    return tuple((number + 1, sentences[number]) for number in sorted(chosen))


def _scores(sentences: Sequence[str], bags: Sequence[Sequence[str]], title: str) -> list[float]:
    about = Counter(stems(title))
    return [
        centrality + _TITLE_WEIGHT * cosine(Counter(bag), about) + _cues(sentence) + opening
        for sentence, bag, centrality, opening in zip(
            sentences, bags, rank_sentences(bags), _openings(sentences), strict=True
        )
    ]


def _cues(sentence: str) -> float:
    return (
        _RESULT_WEIGHT * bool(_RESULT.search(sentence))
        + _FIGURE_WEIGHT * bool(_FIGURE.search(sentence))
        + _BACKGROUND_WEIGHT * bool(_BACKGROUND.search(sentence))
        + _SHORT_WEIGHT * (len(words_of(sentence)) < _SHORT_BELOW_WORDS)
    )


def _openings(sentences: Sequence[str]) -> Iterator[float]:
    # An abstract opens with what is known, unless its first sentence announces the result.
    for number, sentence in enumerate(sentences):
        plain_opening = number == 0 and len(sentences) >= _OPENING_FROM_SENTENCES and not _RESULT.search(sentence)
        yield _OPENING_WEIGHT if plain_opening else 0.0


def _repeats(number: int, chosen: Sequence[int], bags: Sequence[Sequence[str]]) -> float:
    nearest = max((cosine(Counter(bags[number]), Counter(bags[other])) for other in chosen), default=0.0)
    return _REPEAT_WEIGHT * nearest
