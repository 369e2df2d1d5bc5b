"""The made-up sample is in the real formats, says that it is made up, and is the same each time."""

import json
import re
from pathlib import Path

import pytest

from stratum_research.changes import describe_changes
from stratum_research.feeds import read_feed
from stratum_research.merging import merge_works
from stratum_research.papers import Paper, work_keys
from stratum_research.polls import Poll
from stratum_research.reading import ExtractiveReader
from stratum_research.samples import LABEL, sample_files, write_samples
from stratum_research.sources import find_polls, read_poll


def polls(seed: int = 0) -> list[Poll]:
    return [read_feed(data, name) for name, data in sorted(sample_files(seed).items()) if name.startswith("poll_")]


@pytest.mark.parametrize("seed", [0, 1, 2, 12345])
def test_a_correct_reader_finds_what_the_sample_says(seed: int, tmp_path: Path) -> None:
    write_samples(tmp_path, seed=seed)
    expected = json.loads((tmp_path / "expected.json").read_text())
    assert list(find_polls(tmp_path).names) == [poll["file"] for poll in expected["polls"]]
    seen: dict[str, int] = {}
    for stated in expected["polls"]:
        poll = read_poll(tmp_path, stated["file"])
        new: list[str] = []
        updated: list[str] = []
        for paper in merge_works(poll.papers):
            known = [seen[key] for key in work_keys(paper) if key in seen]
            if not known:
                new.append(paper.versioned_id)
            elif max(known) < paper.version:
                updated.append(paper.versioned_id)
            seen.update(dict.fromkeys(work_keys(paper), max([*known, paper.version])))
        assert (new, updated) == (stated["new_ids"], stated["updated_ids"])
        assert (len(new), len(updated)) == (stated["new"], stated["updated"])
        assert poll.entries == stated["entries"] == len(new) + len(updated) + stated["already_seen"]
        assert poll.problems == ()


def test_the_sample_has_every_case_that_a_reader_must_handle() -> None:
    stated = json.loads(sample_files()["expected.json"])["polls"]
    assert [poll["new"] for poll in stated] == [8, 4, 0, 3, 4, 5]
    assert [poll["updated"] for poll in stated] == [0, 0, 0, 1, 0, 0]
    papers = [paper for poll in polls() for paper in poll.papers]
    assert any("/" in paper.bare_id for paper in papers if paper.source == "arxiv"), "an old-style id"
    assert any(paper.source == "arxiv" and paper.doi for paper in papers), "a work in both sources"
    assert any(paper.source == "crossref" and not paper.abstract for paper in papers), "a record without an abstract"
    assert any(len(paper.published) == len("2099-12") for paper in papers), "a date without a day"


def test_everything_says_that_it_is_made_up() -> None:
    for poll in polls():
        assert LABEL in poll.title
        assert LABEL in poll.topic
        for paper in poll.papers:
            assert re.match(r"arxiv:(9912\.9\d{4}|made-up/9912\d{3})$|doi:10\.5555/made-up\.", paper.work_key)
            assert paper.published.startswith("2099-12")
            assert all(category.startswith("made-up.") for category in paper.categories) or paper.source == "crossref"
    assert LABEL.encode() in sample_files()["README.txt"]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    assert sample_files(7) == sample_files(7)
    assert sample_files(7)["poll_01.atom.xml"] != sample_files(8)["poll_01.atom.xml"]


def test_writing_the_sample_again_changes_nothing(tmp_path: Path) -> None:
    first = write_samples(tmp_path / "new")
    before = {path: path.stat().st_mtime_ns for path in first}
    assert write_samples(tmp_path / "new") == first
    assert {path: path.stat().st_mtime_ns for path in first} == before
    assert sorted(first) == sorted((tmp_path / "new").iterdir())


@pytest.mark.parametrize("seed", range(5))
def test_no_blank_is_left_open_and_nobody_is_twice_among_the_authors(seed: int) -> None:
    for paper in (paper for poll in polls(seed) for paper in poll.papers):
        assert "{" not in paper.abstract + paper.title
        assert len(set(paper.authors)) == len(paper.authors)
        assert 2 <= len(paper.authors) <= 4


def test_the_works_differ_from_one_another() -> None:
    newest = {paper.work_key: paper for poll in polls() for paper in poll.papers}
    assert (
        len({paper.title for paper in newest.values()})
        == len({paper.abstract for paper in newest.values() if paper.abstract}) + 1
    )


def test_the_second_version_of_the_revised_work_says_what_is_new() -> None:
    versions: dict[int, Paper] = {}
    for paper in (paper for poll in polls() for paper in poll.papers if paper.work_key == "arxiv:9912.90002"):
        versions[paper.version] = paper
    changes = describe_changes(versions[1], versions[2])
    assert "New in the abstract: “A second season with twice as many tiles confirms the result.”" in changes


async def test_the_first_poll_has_themes_worth_telling() -> None:
    reader = ExtractiveReader()
    papers = polls()[0].papers
    notes = [await reader.read(paper) for paper in papers]
    overview = await reader.overview(papers, notes)
    assert {"tidal lichen batteries", "moss archives"} <= {theme.label for theme in overview.themes}
    assert all(len(note.sentences) == 2 for note in notes)
