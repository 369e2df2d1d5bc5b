"""Joins the records of one work that came in the same poll, from one source or from several."""

from collections.abc import Sequence
from itertools import combinations

from .papers import Paper, work_keys

_ARXIV = "arxiv:"
_FILLED_FROM_OTHERS = ("abstract", "authors", "published", "updated", "categories", "doi", "journal_ref", "comment")


def merge_works(papers: Sequence[Paper]) -> tuple[Paper, ...]:
    """Return one paper per work, in the order in which the works first appear.

    Papers that share a work key, directly or through others, are one work. Two different arXiv ids stay two works
    even if they state the same DOI: arXiv never gives one work two ids, whereas authors do enter a wrong DOI.

    Of the records of one work, the arXiv record with the highest version speaks for it (else the highest version,
    else the first). What it leaves empty is filled from the others, and the keys of all of them are kept.
    """
    groups: list[list[Paper]] = []
    group_of_key: dict[str, int] = {}
    for paper in papers:
        keys = work_keys(paper)
        near = sorted({group_of_key[key] for key in keys if key in group_of_key})
        home: int | None = None
        for candidate in near:
            if home is None:
                if _one_work([*groups[candidate], paper]):
                    home = candidate
            elif _one_work([*groups[home], *groups[candidate], paper]):
                # This paper is the link that shows two earlier groups to be one work.
                moved, groups[candidate] = groups[candidate], []
                groups[home].extend(moved)
                group_of_key.update((key, home) for other in moved for key in work_keys(other))
        if home is None:
            home = len(groups)
            groups.append([])
        groups[home].append(paper)
        for key in keys:
            group_of_key.setdefault(key, home)
        # Another work may have named this key by mistake; its own records go where it is.
        group_of_key[paper.work_key] = home
    return tuple(_merged(group) for group in groups if group)


def same_work(work_key: str, holder: str) -> bool:
    """Tell whether two works that share a key may be one; they are named by their own keys.

    Two different arXiv ids never are, so a DOI that both state is a mistake in one of them and not a sign.
    """
    return work_key == holder or not (work_key.startswith(_ARXIV) and holder.startswith(_ARXIV))


def _one_work(group: Sequence[Paper]) -> bool:
    return all(same_work(one.work_key, other.work_key) for one, other in combinations(group, 2))


def _merged(group: Sequence[Paper]) -> Paper:
    ranked = sorted(group, key=lambda paper: (paper.source != "arxiv", -paper.version))
    first = ranked[0]
    changes: dict[str, object] = {}
    for field in _FILLED_FROM_OTHERS:
        if not getattr(first, field):
            changes[field] = next(
                (value for paper in ranked if (value := getattr(paper, field))), getattr(first, field)
            )
    notice = next((paper.notice for paper in ranked if paper.notice), "")
    keys = dict.fromkeys(key for paper in ranked for key in work_keys(paper))
    others = tuple(key for key in keys if key != first.work_key and same_work(first.work_key, key))
    return first.model_copy(update={**changes, "notice": notice, "also_known_as": others})
