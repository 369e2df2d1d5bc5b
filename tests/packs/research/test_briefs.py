"""A brief numbers its papers, cites them, and exists only where something is new."""

import pytest

from stratum_research.briefs import Brief, Reading, compose_brief, to_json
from stratum_research.errors import BriefError
from stratum_research.papers import Paper
from stratum_research.polls import Poll, Problem
from stratum_research.reading import Note, Overview, Theme

POLL = Poll(
    name="poll_01.xml", source="arxiv", title="arXiv Query: …", topic="all:testing", updated="2026-04-12T22:09:27Z"
)
METHOD = "extractive: no model was used."


def reading(number: int, *, previous: int | None = None, **fields: object) -> Reading:
    paper = Paper.model_validate(
        {"work_key": f"arxiv:2401.0000{number}", "source": "arxiv", "version": 2, "title": f"Title {number}", **fields}
    )
    return Reading(paper=paper, note=Note(work_key=paper.work_key, version=2), previous_version=previous)


def compose(*readings: Reading, poll: Poll = POLL, overview: Overview | None = None, seen: int = 0) -> Brief:
    return compose_brief(poll, readings, seen=seen, overview=overview or Overview(), method=METHOD)


def test_new_papers_are_numbered_first_and_updates_after_them() -> None:
    brief = compose(reading(1, previous=1), reading(2), reading(3))
    assert [(cited.number, cited.paper.title) for cited in brief.cited] == [
        (1, "Title 2"),
        (2, "Title 3"),
        (3, "Title 1"),
    ]
    assert [cited.number for cited in brief.updated] == [3]
    assert brief.updated[0].previous_version == 1


def test_themes_cite_by_number() -> None:
    themes = (Theme(label="moss", papers=("arxiv:2401.00003", "arxiv:2401.00001", "arxiv:2401.00009")),)
    brief = compose(reading(1), reading(2), reading(3), overview=Overview(summary="All of it.", themes=themes))
    assert brief.themes[0].numbers == (1, 3)
    assert brief.summary == "All of it."
    assert brief.headline == "3 new papers; main theme: moss (2 papers)."


@pytest.mark.parametrize(
    ("readings", "headline"),
    [
        ([reading(1)], "1 new paper."),
        ([reading(1, previous=1)], "1 update."),
        ([reading(1), reading(2), reading(3, previous=1)], "2 new papers and 1 update."),
        ([reading(1), reading(2, notice="withdrawn")], "2 new papers; withdrawn: [2]."),
        (
            [reading(1, previous=1, notice="retracted"), reading(2, notice="retracted")],
            "1 new paper and 1 update; retracted: [1, 2].",
        ),
    ],
)
def test_the_headline_counts_and_warns(readings: list[Reading], headline: str) -> None:
    assert compose(*readings).headline == headline


def test_a_brief_says_where_it_comes_from_and_how_it_was_made() -> None:
    brief = compose(reading(1), seen=7)
    assert (brief.poll, brief.feed, brief.topic) == ("poll_01.xml", "arXiv Query: …", "all:testing")
    assert (brief.source, brief.as_of, brief.method, brief.seen) == ("arxiv", "2026-04-12T22:09:27Z", METHOD, 7)


def test_a_poll_without_anything_new_gets_no_brief() -> None:
    with pytest.raises(BriefError, match=r"poll_01\.xml: nothing is new"):
        compose()


def test_problems_of_papers_that_the_brief_leaves_out_are_left_out_too() -> None:
    problems = (
        Problem(position=1, what="it has no id", skipped=True),
        Problem(position=2, what="odd", skipped=False, work_key="arxiv:2401.00001"),
        Problem(position=3, what="odd, and known already", skipped=False, work_key="arxiv:2401.00008"),
    )
    brief = compose(reading(1), poll=POLL.model_copy(update={"problems": problems}))
    assert [problem.position for problem in brief.problems] == [1, 2]


def test_the_json_form_reads_back_as_the_same_brief() -> None:
    brief = compose(reading(1), reading(2, previous=1), seen=3)
    text = to_json(brief)
    assert text.endswith("}\n")
    assert '"format": "stratum.research.brief/1"' in text
    assert Brief.model_validate_json(text) == brief
    assert to_json(Brief.model_validate_json(text)) == text
