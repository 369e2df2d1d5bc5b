"""The brief: what one poll brought that was not known before, with a numbered citation for every statement."""

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from .errors import BriefError
from .papers import IsoDate, Paper, Source
from .polls import Poll, Problem
from .reading import Note, Overview


class Reading(BaseModel):
    """A paper with its note, ready for a brief.

    ``previous_version`` is None for a new paper; for an update it is the version that was handled before, and
    ``changes`` says what is different (see `stratum_research.changes`; empty if the earlier record is not at hand).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    paper: Paper
    note: Note
    previous_version: PositiveInt | None = None
    changes: tuple[str, ...] = ()


class Cited(Reading):
    """A reading with the number under which the brief cites it."""

    number: PositiveInt


class CitedTheme(BaseModel):
    """A theme with the numbers of the papers that share it, ascending."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    numbers: tuple[PositiveInt, ...]


class Brief(BaseModel):
    """What one poll brought. `to_json` of a brief is its stable machine form; ``format`` names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["stratum.research.brief/1"] = "stratum.research.brief/1"
    poll: str
    """The file or address that was polled."""
    feed: str
    """The feed's own title."""
    topic: str = ""
    """What was asked for, as far as the feed says it."""
    source: Source
    as_of: IsoDate = ""
    """When the feed was made, as it says itself."""
    headline: str
    summary: str = ""
    method: str
    """How the text came about, in words."""
    themes: tuple[CitedTheme, ...] = ()
    new: tuple[Cited, ...] = ()
    updated: tuple[Cited, ...] = ()
    seen: NonNegativeInt = 0
    """How many further papers of the poll were known in this version already."""
    problems: tuple[Problem, ...] = ()

    @property
    def cited(self) -> tuple[Cited, ...]:
        """All papers of the brief in the order of their numbers."""
        return (*self.new, *self.updated)


def compose_brief(poll: Poll, readings: Sequence[Reading], *, seen: int, overview: Overview, method: str) -> Brief:
    """Put a brief together: new papers first, then updates, numbered from 1 in the order given.

    Of the poll's problems the brief keeps those of skipped entries and of the papers it cites.

    Raises:
        BriefError: there is nothing new. A poll that brings nothing new gets no brief.

    """
    if not readings:
        message = f"{poll.name}: nothing is new, so there is no brief to write. Check for new readings before."
        raise BriefError(message)
    ordered = sorted(readings, key=lambda reading: reading.previous_version is not None)
    cited = tuple(Cited(number=number, **dict(reading)) for number, reading in enumerate(ordered, start=1))
    numbers = {reading.paper.work_key: reading.number for reading in cited}
    themes = tuple(
        CitedTheme(label=theme.label, numbers=tuple(sorted(numbers[key] for key in theme.papers if key in numbers)))
        for theme in overview.themes
    )
    return Brief(
        poll=poll.name,
        feed=poll.title,
        topic=poll.topic,
        source=poll.source,
        as_of=poll.updated,
        headline=_headline(cited, themes),
        summary=overview.summary,
        method=method,
        themes=themes,
        new=tuple(reading for reading in cited if reading.previous_version is None),
        updated=tuple(reading for reading in cited if reading.previous_version is not None),
        seen=seen,
        problems=tuple(problem for problem in poll.problems if problem.skipped or problem.work_key in numbers),
    )


def to_json(brief: Brief) -> str:
    """Return the brief as indented JSON with a final line break; equal briefs give equal text."""
    return brief.model_dump_json(indent=2) + "\n"


def _headline(cited: Sequence[Cited], themes: Sequence[CitedTheme]) -> str:
    updates = sum(reading.previous_version is not None for reading in cited)
    counts = [
        text
        for count, text in (
            (len(cited) - updates, _count(len(cited) - updates, "new paper")),
            (updates, _count(updates, "update")),
        )
        if count
    ]
    return "; ".join([" and ".join(counts), *_noteworthy(cited), *_first_theme(themes)]) + "."


def _noteworthy(cited: Sequence[Cited]) -> Iterator[str]:
    for notice in ("retracted", "withdrawn"):
        marked = [str(reading.number) for reading in cited if reading.paper.notice == notice]
        if marked:
            yield f"{notice}: [{', '.join(marked)}]"


def _first_theme(themes: Sequence[CitedTheme]) -> Iterator[str]:
    if themes:
        yield f"main theme: {themes[0].label} ({_count(len(themes[0].numbers), 'paper')})"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
