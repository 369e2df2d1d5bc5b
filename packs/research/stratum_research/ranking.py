"""Ranks sentences and words by how central they are in the graph of what they share.

Methods: LexRank (Erkan and Radev, 2004, https://doi.org/10.1613/jair.1523) for sentences and TextRank (Mihalcea and
Tarau, 2004, https://aclanthology.org/W04-3252/) for words. Both rank by eigenvector centrality, which networkx
computes in plain Python; there is no chance in it, so equal texts always give equal ranks.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from enum import Enum
from itertools import combinations
from typing import TypeVar, cast

_Node = TypeVar("_Node", bound=Hashable)


class _Hub(Enum):
    """A node that is linked to every other one, so that the graph hangs together and the ranks are unique."""

    NODE = 0


_EVERYWHERE = 0.05
"""Weight of the link that every node has, where the strongest real link has 1."""
_ROUNDS_MAX = 500
_WINDOW = 3
"""Words that stand at most this many places apart are linked."""


def rank_sentences(sentences: Sequence[Sequence[str]]) -> list[float]:
    """Return the centrality of each sentence, from 0 to 1, the most central one having 1.

    A sentence is the sequence of its stems. Two sentences are linked by the cosine of their TF-IDF vectors, a stem
    counting less the more of the sentences it is in.
    """
    vectors = _tf_idf(sentences)
    weights = {
        (left, right): cosine(vectors[left], vectors[right]) for left, right in combinations(range(len(vectors)), 2)
    }
    ranks = _centrality(range(len(sentences)), weights)
    return [ranks[number] for number in range(len(sentences))]


def rank_words(sentences: Sequence[Sequence[str]]) -> dict[str, float]:
    """Return the centrality of each stem, from 0 to 1. Stems are linked where they stand close together."""
    weights: Counter[tuple[str, str]] = Counter()
    for sentence in sentences:
        for place, stem in enumerate(sentence):
            for near in sentence[place + 1 : place + _WINDOW]:
                if near != stem:
                    weights[min(stem, near), max(stem, near)] += 1
    return _centrality(dict.fromkeys(stem for sentence in sentences for stem in sentence), weights)


def cosine(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    """Return the cosine of two sparse vectors, from 0 to 1 where no weight is negative."""
    shared = sum(weight * right[stem] for stem, weight in left.items() if stem in right)
    lengths = math.hypot(*left.values()) * math.hypot(*right.values())
    return shared / lengths if lengths else 0.0


def _tf_idf(sentences: Sequence[Sequence[str]]) -> list[dict[str, float]]:
    within = Counter(stem for sentence in sentences for stem in set(sentence))
    count = len(sentences)
    return [
        {stem: times * math.log((count + 1) / within[stem]) for stem, times in Counter(sentence).items()}
        for sentence in sentences
    ]


def _centrality(nodes: Iterable[_Node], weights: Mapping[tuple[_Node, _Node], float]) -> dict[_Node, float]:
    import networkx as nx  # noqa: PLC0415 - it takes a tenth of a second to load, and most commands never rank

    heaviest = max(weights.values(), default=0.0) or 1.0
    graph: nx.Graph[_Node | _Hub] = nx.Graph()
    graph.add_weighted_edges_from((node, _Hub.NODE, _EVERYWHERE) for node in nodes)
    graph.add_weighted_edges_from((left, right, weight / heaviest) for (left, right), weight in weights.items())
    if not graph:
        return {}
    try:
        ranks = nx.eigenvector_centrality(graph, max_iter=_ROUNDS_MAX, weight="weight")
    except nx.PowerIterationFailedConvergence:
        # Halves that hardly touch take too many rounds; the plain sum of links is close enough there.
        ranks = {node: float(degree) for node, degree in graph.degree(weight="weight")}
    real = {cast("_Node", node): rank for node, rank in ranks.items() if node is not _Hub.NODE}
    highest = max(real.values())
    return {node: rank / highest for node, rank in real.items()}
