"""The reader without a model quotes, tells so, and says the same each time."""

import os
import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from stratum_research.papers import Paper
from stratum_research.reading import ExtractiveReader, Note, Overview, Reader


def paper(key: str = "arxiv:2401.00001", *, title: str = "Salt gradients", abstract: str = "") -> Paper:
    return Paper(work_key=key, source="arxiv", version=2, title=title, abstract=abstract)


ABSTRACT = "Moss is old. We show that the salt gradient holds. The salt gradient of moss grows by 20%. It is green."


async def test_a_note_quotes_the_abstract_with_the_place_of_each_sentence() -> None:
    note = await ExtractiveReader().read(paper(abstract=ABSTRACT))
    assert (note.work_key, note.version) == ("arxiv:2401.00001", 2)
    assert [sentence.position for sentence in note.sentences] == [2, 3]
    assert all(sentence.text in ABSTRACT for sentence in note.sentences)
    assert "salt gradient" in note.keywords


async def test_a_paper_without_abstract_has_a_note_without_sentences() -> None:
    note = await ExtractiveReader().read(paper())
    assert note.sentences == ()
    assert note.keywords == ("salt gradients",)


async def test_an_overview_names_what_papers_share() -> None:
    reader: Reader = ExtractiveReader()
    papers = [paper("arxiv:2401.00001", abstract=ABSTRACT), paper("arxiv:2401.00002", abstract=ABSTRACT)]
    overview = await reader.overview(papers, [await reader.read(one) for one in papers])
    assert overview.summary == ""
    assert overview.themes[0].label == "salt gradient"
    assert overview.themes[0].papers == ("arxiv:2401.00001", "arxiv:2401.00002")


async def test_nothing_has_an_empty_overview() -> None:
    assert await ExtractiveReader().overview([], []) == Overview()


def test_the_method_says_that_no_model_was_used() -> None:
    assert ExtractiveReader().method.startswith("extractive: no model was used.")


async def test_a_very_long_abstract_is_read_in_good_time() -> None:
    words = " ".join(f"word{number % 977} grows." for number in range(50_000 // 13))
    note = await ExtractiveReader().read(paper(abstract=words * 10))
    assert note.sentences


def test_reading_is_the_same_in_every_process() -> None:
    # Python orders its sets anew in each process, unless it is told a seed.
    program = """
import asyncio
from stratum_research.feeds import read_feed
from stratum_research.reading import ExtractiveReader
from stratum_research.samples import sample_files

async def main():
    reader = ExtractiveReader()
    papers = read_feed(sample_files()["poll_01.atom.xml"], "a.xml").papers
    notes = [await reader.read(paper) for paper in papers]
    overview = await reader.overview(papers, notes)
    sys.stdout.write("".join(part.model_dump_json() for part in (*notes, overview)))

import sys
asyncio.run(main())
"""
    path = os.pathsep.join(sys.path)
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            check=True,
            timeout=30,
        ).stdout
        for seed in ("1", "2", "3")
    }
    (answer,) = answers
    assert b"tidal lichen batteries" in answer


@settings(max_examples=30)
@given(st.text(max_size=400), st.text(min_size=1, max_size=60))
async def test_reading_is_deterministic_and_survives_json(abstract: str, title: str) -> None:
    first = await ExtractiveReader().read(paper(abstract=abstract, title=title))
    assert await ExtractiveReader().read(paper(abstract=abstract, title=title)) == first
    assert Note.model_validate_json(first.model_dump_json()) == first
