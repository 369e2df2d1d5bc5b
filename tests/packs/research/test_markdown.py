"""A brief reads well as Markdown, and nothing in a feed can act in it."""

from unicodedata import category

import pytest
from hypothesis import example, given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from stratum_research.briefs import Brief, Reading, compose_brief
from stratum_research.markdown import escape, to_markdown
from stratum_research.papers import Paper
from stratum_research.polls import Poll, Problem
from stratum_research.reading import KeySentence, Note, Overview, Theme
from tests.packs.research.paper_strategies import texts

TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HARMFUL = [
    "# heading",
    "<script>alert(1)</script>",
    "<!-- hidden -->",
    "![pixel](http://example.org/x.png)",
    "[click](javascript:alert(1))",
    "[ref]: http://example.org",
    "<http://example.org>",
    "*bold* __bold__ `code` ~~gone~~",
    "| a | b |",
    "&lt;b&gt; &#60; &amp;",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "---",
    "===",
    "> quote",
    "```fence",
    "~~~",
    "back\\slash \\* end\\",
    "$x_1$ and snake_case_name and _emphasis_",
    "title ##",
]


def inline(text: str) -> list[Token]:
    return [child for token in RENDERER.parse(text) for child in token.children or []]


def paper(**fields: object) -> Paper:
    return Paper.model_validate(
        {
            "work_key": "arxiv:2401.00001",
            "source": "arxiv",
            "version": 2,
            "title": "On moss",
            "abstract": "We show it.",
            "authors": ("Ada Lovelace", "Plato"),
            "published": "2024-01-02T03:04:05Z",
            "categories": ("cs.SE", "cs.LG"),
            "doi": "10.1000/x",
            "url": "https://arxiv.org/abs/2401.00001v2",
            "journal_ref": "PeerJ 1",
            **fields,
        }
    )


def brief(
    one: Paper, *, sentence: str = "We show it.", previous: int | None = None, changes: tuple[str, ...] = ()
) -> Brief:
    note = Note(
        work_key=one.work_key,
        version=one.version,
        sentences=(KeySentence(text=sentence, position=1),),
        keywords=("moss",),
    )
    poll = Poll(
        name="poll_01.xml", source="arxiv", title="arXiv Query: moss", topic="moss", updated="2026-04-12T22:09:27Z"
    )
    return compose_brief(
        poll,
        [Reading(paper=one, note=note, previous_version=previous, changes=changes)],
        seen=3,
        overview=Overview(summary="Moss again.", themes=(Theme(label="moss", papers=(one.work_key,)),)),
        method="extractive: no model was used.",
    )


def test_a_brief_reads_from_the_headline_to_the_references() -> None:
    assert (
        to_markdown(brief(paper()))
        == """\
# Research brief: moss

**1 new paper; main theme: moss (1 paper).**

Moss again.

- Source: arXiv, as of 2026-04-12T22:09:27Z, read from poll_01.xml
- Feed: arXiv Query: moss
- Text: extractive: no model was used.
- Already known and left out: 3

## Themes

- **moss** [1]

## New papers

### [1] On moss

Ada Lovelace, Plato · 2024-01-02 · cs.SE, cs.LG · PeerJ 1 · [arXiv:2401.00001v2](<https://arxiv.org/abs/2401.00001v2>)

> We show it. [1, sentence 1 of the abstract]

Keywords: moss

## References

- [1] Ada Lovelace, Plato (2024). “On moss”. PeerJ 1. [arXiv:2401.00001v2](<https://arxiv.org/abs/2401.00001v2>), \
[doi:10.1000/x](<https://doi.org/10.1000/x>)
"""
    )


def test_an_update_says_from_which_version_to_which_and_what_changed() -> None:
    text = to_markdown(brief(paper(), previous=1, changes=("The title was “Old”.",)))
    assert "## Updates\n\n### [1] On moss" in text
    assert "**Version 1 → version 2**\n\n- The title was “Old”." in text
    assert "What changed is not listed" in to_markdown(brief(paper(), previous=1))


def test_a_paper_that_says_little_still_has_its_place() -> None:
    bare = Paper(work_key="doi:10.1000/x", source="crossref", title="T", doi="10.1000/x")
    note = Note(work_key=bare.work_key, version=1)
    poll = Poll(name="poll_01.json", source="crossref")
    text = to_markdown(compose_brief(poll, [Reading(paper=bare, note=note)], seen=0, overview=Overview(), method="m"))
    assert text.startswith(
        "# Research brief: poll_01.json\n\n**1 new paper.**\n\n"
        "- Source: Crossref, read from poll_01.json\n- Text: m\n\n## New papers"
    )
    assert "Authors not given · doi:10.1000/x\n\nThe feed gives no abstract of this paper.\n\n## References" in text
    assert "- [1] Authors not given. “T”. doi:10.1000/x\n" in text


def test_a_withdrawn_paper_carries_a_warning() -> None:
    assert "**This paper is marked as withdrawn.**" in to_markdown(brief(paper(notice="withdrawn")))


def test_long_lists_of_authors_are_cut_short() -> None:
    assert "A0, A1, A2, A3, A4, A5 and 3 more" in to_markdown(brief(paper(authors=tuple(f"A{n}" for n in range(9)))))


def test_oddities_of_the_feed_are_listed() -> None:
    problem = Problem(position=4, line=57, entry="http://example.org/*x*", what="it is not an arXiv id", skipped=True)
    odd = brief(paper()).model_copy(
        update={"problems": (problem, problem.model_copy(update={"line": None, "entry": ""}))}
    )
    text = to_markdown(odd)
    assert (
        "## Oddities in the feed\n\n- Entry 4, line 57, http://example.org/\\*x\\*: it is not an arXiv id (left out)"
        in text
    )
    assert "- Entry 4, without an id: it is not an arXiv id (left out)\n" in text


@pytest.mark.parametrize("text", HARMFUL)
def test_harmful_text_shows_as_the_text_it_is(text: str) -> None:
    (paragraph,) = [token for token in RENDERER.parse(escape(text, at_line_start=True)) if token.type == "inline"]
    assert {child.type for child in paragraph.children or []} <= {"text", "text_special"}
    assert "".join(child.content for child in paragraph.children or []) == text


@given(texts())
@example("&amp;lt; &#x3C;")
@example("a\\")
@example("10\u00b2. x")
def test_any_text_shows_as_the_text_it_is(text: str) -> None:
    for source in (
        f"> {escape(text, at_line_start=True)}",
        f"### [1] {escape(text)}",
        f"- {escape(text, at_line_start=True)}",
    ):
        tokens = inline(source)
        assert {child.type for child in tokens} <= {"text", "text_special"}
        shown = "".join(child.content for child in tokens).removeprefix("[1]")
        expected = "".join("\ufffd" if category(letter) == "Cc" or letter in TURNING else letter for letter in text)
        assert shown.strip() == expected.strip(), "spaces at the ends of a block never show; everything else does"


@given(texts().filter(lambda text: bool(text.strip())), texts(), texts())
def test_nothing_in_a_feed_adds_to_the_structure_of_a_brief(title: str, sentence: str, author: str) -> None:
    harmless = to_markdown(brief(paper(title="T", authors=("A",), comment="c"), sentence="S"))
    harmful = to_markdown(brief(paper(title=title, authors=(author or "A",), comment="c"), sentence=sentence or "S"))

    def structure(text: str) -> list[str]:
        tokens = RENDERER.parse(text)
        kinds = [token.type for token in tokens]
        return kinds + [child.type for child in inline(text) if not child.type.startswith("text")]

    assert structure(harmful) == structure(harmless)
    assert [t.attrGet("href") for t in inline(harmful) if t.type == "link_open"] == [
        t.attrGet("href") for t in inline(harmless) if t.type == "link_open"
    ]


def test_controls_that_turn_the_reading_direction_or_reach_a_terminal_are_replaced() -> None:
    assert escape("a\u202eb\x9b31m\x1b[0m\x00") == "a\ufffdb\ufffd31m\ufffd\\[0m\ufffd"


def test_ordinary_text_stays_readable_in_the_source() -> None:
    text = "A snake_case name, R&D, 10.5 J (see p. 3), e.g. all:testing&start=0 - done!"
    assert escape(text) == text
