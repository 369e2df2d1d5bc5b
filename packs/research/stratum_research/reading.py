"""Reads papers: what each one says in a few of its own sentences, and what several have in common.

`Reader` is the one seam. `ExtractiveReader` needs no model, no network and no downloaded data, and gives the same
answer every time. A reader that asks a model implements the same three members and nothing else changes.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict, PositiveInt

from .key_sentences import key_sentences
from .keywords import keywords_of
from .papers import Paper, WorkKey
from .themes import shared_themes

_READ_CHARACTERS_MAX = 10_000  # arXiv's abstracts have at most 1,920; longer ones would take long to rank.


class KeySentence(BaseModel):
    """One sentence that carries the paper's message. ``position`` is its number in the abstract, from 1.

    A reader that writes in its own words leaves ``position`` None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    position: PositiveInt | None = None


class Note(BaseModel):
    """What a reader got out of one version of one paper. Without an abstract there are no sentences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    work_key: WorkKey
    version: PositiveInt
    sentences: tuple[KeySentence, ...] = ()
    keywords: tuple[str, ...] = ()


class Theme(BaseModel):
    """Something that several papers are about; ``papers`` are their work keys, in reading order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    papers: tuple[WorkKey, ...]


class Overview(BaseModel):
    """What a reader says of several papers together. ``summary`` may be empty; it is plain text, not Markdown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: str = ""
    themes: tuple[Theme, ...] = ()


class Reader(Protocol):
    """Turns papers into notes, and several papers with their notes into an overview."""

    @property
    def method(self) -> str:
        """One or two sentences that tell a brief's reader how its text came about, and which model wrote it if any."""
        ...

    async def read(self, paper: Paper) -> Note:
        """Return the note on one paper."""
        ...

    async def overview(self, papers: Sequence[Paper], notes: Sequence[Note]) -> Overview:
        """Return what these papers have in common; ``notes`` are in the order of ``papers``."""
        ...


class ExtractiveReader:
    """Quotes each abstract's most central sentences; writes nothing of its own.

    ``sentences_max`` is how many are quoted of a paper, ``themes_max`` how many themes an overview has.
    """

    method = (
        "extractive: no model was used. Sentences are quoted from the abstracts, chosen by LexRank with weight on the "
        "title's words and on phrases that announce a result; keywords are chosen by TextRank."
    )

    def __init__(self, *, sentences_max: int = 2, keywords_max: int = 5, themes_max: int = 6) -> None:
        self._sentences_max = sentences_max
        self._keywords_max = keywords_max
        self._themes_max = themes_max

    async def read(self, paper: Paper) -> Note:
        """Return the note on one paper. It takes some tens of milliseconds of computing, on a thread."""
        return await asyncio.to_thread(self._note, paper)

    async def overview(self, papers: Sequence[Paper], notes: Sequence[Note]) -> Overview:
        """Return the themes that at least two of the papers share; the summary stays empty."""
        return await asyncio.to_thread(self._overview, papers, notes)

    def _note(self, paper: Paper) -> Note:
        abstract = paper.abstract[:_READ_CHARACTERS_MAX]
        chosen = key_sentences(abstract, paper.title, count=self._sentences_max)
        return Note(
            work_key=paper.work_key,
            version=paper.version,
            sentences=tuple(KeySentence(text=text, position=position) for position, text in chosen),
            keywords=keywords_of(paper.title, abstract, count=self._keywords_max),
        )

    def _overview(self, papers: Sequence[Paper], notes: Sequence[Note]) -> Overview:
        keywords = {note.work_key: note.keywords for note in notes}
        texts = {
            paper.work_key: (paper.title, paper.abstract[:_READ_CHARACTERS_MAX], keywords[paper.work_key])
            for paper in papers
        }
        found = shared_themes(texts, count=self._themes_max)
        return Overview(themes=tuple(Theme(label=label, papers=keys) for label, keys in found))
