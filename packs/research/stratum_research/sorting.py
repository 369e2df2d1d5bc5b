"""Sorts the papers of a poll: new ones, later versions of known works, and those that are known as they are."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, PositiveInt

from .merging import same_work
from .papers import Paper, work_keys

KIND = "paper"
"""The kind of work under which handled papers are remembered."""


class Handled(BaseModel):
    """What is remembered of a work, under each of its keys."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    work_key: str
    """The work's own key; another one may lead here as well."""
    version: PositiveInt
    paper: Paper | None = None
    """The paper as it was handled, to tell what a later version changes."""


class Update(NamedTuple):
    """A later version of a work that was handled before."""

    paper: Paper
    before: Handled


class Sorted(NamedTuple):
    """The papers of a poll, each in one of three groups, in the order of the feed."""

    new: tuple[Paper, ...]
    updated: tuple[Update, ...]
    seen: tuple[Paper, ...]


def sort_papers(papers: Sequence[Paper], handled: Mapping[str, Handled]) -> Sorted:
    """Sort papers by what is remembered under their keys."""
    new: list[Paper] = []
    updated: list[Update] = []
    seen: list[Paper] = []
    for paper in papers:
        before = _before(paper, handled)
        if before is None:
            new.append(paper)
        elif before.work_key == paper.work_key and paper.version > before.version:
            updated.append(Update(paper, before))
        else:
            seen.append(paper)
    return Sorted(tuple(new), tuple(updated), tuple(seen))


def claim_keys(paper: Paper, handled: Mapping[str, Handled]) -> tuple[str, ...]:
    """Return the keys under which a paper is claimed: its own, but for those that belong to another work."""
    own = [key for key in work_keys(paper) if key not in handled or same_work(paper.work_key, handled[key].work_key)]
    return tuple(own)


def version_key(paper: Paper) -> str:
    """Return the key of one version of a work, such as ``arxiv:2202.12139v2``."""
    return f"{paper.work_key}v{paper.version}"


def _before(paper: Paper, handled: Mapping[str, Handled]) -> Handled | None:
    """Return what is remembered of a paper's work: under its own key if possible, else under one it shares."""
    for key in work_keys(paper):
        found = handled.get(key)
        if found is not None and same_work(paper.work_key, found.work_key):
            return found
    return None
