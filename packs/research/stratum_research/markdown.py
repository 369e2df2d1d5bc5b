"""Renders a brief as Markdown that a researcher reads top down: headline, themes, papers, updates, references.

Titles, abstracts and names come from strangers. Everything from a feed is escaped, so that it shows as the text it is
and cannot become a heading, a link, an image, HTML or a formula.
"""

import re
from collections.abc import Iterator

from .briefs import Brief, Cited
from .papers import Paper, page_url
from .polls import Problem
from .reading import KeySentence

_AUTHORS_SHOWN_MAX = 6
_SOURCES = {"arxiv": "arXiv", "crossref": "Crossref"}

# Controls that a terminal or a page would act on: C0 and C1, and those that turn the reading direction.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ACTIVE = re.compile(r"[\\`*\[\]~|$#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_AT_LINE_START = re.compile(r"^([-+=:]|\d{1,9}(?=[.)]))")


def escape(text: str, *, at_line_start: bool = False) -> str:
    """Return text such that Markdown (CommonMark and GitHub's) shows it unchanged within a line or at its start.

    Control characters show as U+FFFD.
    """
    visible = _ENTITY.sub("&amp;", _CONTROLS.sub("\ufffd", text)).replace("<", "&lt;").replace(">", "&gt;")
    inline = _ACTIVE.sub(r"\\\g<0>", visible)
    return _AT_LINE_START.sub(_harmless_start, inline) if at_line_start else inline


def to_markdown(brief: Brief) -> str:
    """Return the brief as Markdown with a final line break; equal briefs give equal text."""
    blocks = [
        f"# Research brief: {escape(brief.topic or brief.feed or brief.poll)}",
        f"**{escape(brief.headline)}**",
        *([escape(brief.summary, at_line_start=True)] if brief.summary else []),
        _origin(brief),
        *_themes(brief),
        *_section("New papers", brief.new),
        *_section("Updates", brief.updated),
        "## References",
        "\n".join(_reference(reading) for reading in brief.cited),
        *_problems(brief),
    ]
    return "\n\n".join(blocks) + "\n"


def _origin(brief: Brief) -> str:
    as_of = f", as of {escape(brief.as_of)}" if brief.as_of else ""
    known = f"- Already known and left out: {brief.seen}" if brief.seen else ""
    lines = [
        f"- Source: {_SOURCES[brief.source]}{as_of}, read from {escape(brief.poll)}",
        f"- Feed: {escape(brief.feed)}" if brief.feed else "",
        f"- Text: {escape(brief.method)}",
        known,
    ]
    return "\n".join(line for line in lines if line)


def _themes(brief: Brief) -> Iterator[str]:
    if brief.themes:
        yield "## Themes"
        yield "\n".join(f"- **{escape(theme.label)}** {_numbers(theme.numbers)}" for theme in brief.themes)


def _section(heading: str, readings: tuple[Cited, ...]) -> Iterator[str]:
    if readings:
        yield f"## {heading}"
    for reading in readings:
        paper = reading.paper
        yield f"### [{reading.number}] {escape(paper.title)}"
        yield _byline(paper)
        if paper.notice:
            yield f"**This paper is marked as {escape(paper.notice)}.**"
        yield from _update(reading)
        yield from (_quote(sentence, reading.number) for sentence in reading.note.sentences)
        if not reading.note.sentences:
            yield "The feed gives no abstract of this paper." if not paper.abstract else "No sentence stood out."
        if reading.note.keywords:
            yield "Keywords: " + ", ".join(escape(keyword) for keyword in reading.note.keywords)


def _update(reading: Cited) -> Iterator[str]:
    if reading.previous_version is None:
        return
    yield f"**Version {reading.previous_version} → version {reading.paper.version}**"
    if reading.changes:
        yield "\n".join(f"- {escape(change, at_line_start=True)}" for change in reading.changes)
    else:
        yield "What changed is not listed: the record of the earlier version is not at hand, or it says the same."


def _quote(sentence: KeySentence, number: int) -> str:
    place = "" if sentence.position is None else f", sentence {sentence.position} of the abstract"
    return f"> {escape(sentence.text, at_line_start=True)} [{number}{place}]"


def _byline(paper: Paper) -> str:
    categories = ", ".join(paper.categories[:3])
    parts = (_authors(paper), paper.published[:10], categories, paper.journal_ref)
    return " · ".join([*(escape(part, at_line_start=True) for part in parts if part), _link(paper)])


def _reference(reading: Cited) -> str:
    paper = reading.paper
    year = f" ({paper.published[:4]})" if paper.published else ""
    place = f" {escape(paper.journal_ref)}." if paper.journal_ref else ""
    # An arXiv paper that has also appeared elsewhere is cited by both; a Crossref record's link is its DOI already.
    also = f", [doi:{escape(paper.doi)}](<{page_url('doi:' + paper.doi)}>)" if _has_second_link(paper) else ""
    return f"- [{reading.number}] {escape(_authors(paper))}{year}. “{escape(paper.title)}”.{place} {_link(paper)}{also}"


def _has_second_link(paper: Paper) -> bool:
    return paper.source == "arxiv" and bool(paper.doi)


def _link(paper: Paper) -> str:
    scheme = paper.work_key.partition(":")[0]
    label = ("arXiv:" if scheme == "arxiv" else "doi:") + paper.versioned_id
    return f"[{escape(label)}](<{paper.url}>)" if paper.url else escape(label)


def _authors(paper: Paper) -> str:
    if not paper.authors:
        return "Authors not given"
    more = len(paper.authors) - _AUTHORS_SHOWN_MAX
    return ", ".join(paper.authors[:_AUTHORS_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")


def _problems(brief: Brief) -> Iterator[str]:
    if brief.problems:
        yield "## Oddities in the feed"
        yield "\n".join(_problem(problem) for problem in brief.problems)


def _problem(problem: Problem) -> str:
    line = "" if problem.line is None else f", line {problem.line}"
    fate = "left out" if problem.skipped else "kept as it is"
    return (
        f"- Entry {problem.position}{line}, {escape(problem.entry or 'without an id')}: {escape(problem.what)} ({fate})"
    )


def _numbers(numbers: tuple[int, ...]) -> str:
    return "".join(f"[{number}]" for number in numbers)


def _harmless_start(start: re.Match[str]) -> str:
    return f"{start[0]}\\" if start[0].isdigit() else f"\\{start[0]}"
