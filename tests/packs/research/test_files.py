"""A reader of briefs sees whole files, whatever happens to the writer."""

import os
import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_research.briefs import Brief, Reading, compose_brief, to_json
from stratum_research.errors import BriefError
from stratum_research.files import brief_stem, write_brief, write_file
from stratum_research.markdown import to_markdown
from stratum_research.papers import Paper
from stratum_research.polls import Poll
from stratum_research.reading import Note, Overview


def brief(name: str = "poll_01.atom.xml", *, key: str = "arxiv:2401.00001", version: int = 1) -> Brief:
    paper = Paper(work_key=key, source="arxiv", version=version, title="T")
    reading = Reading(paper=paper, note=Note(work_key=key, version=version))
    poll = Poll(name=name, source="arxiv")
    return compose_brief(poll, [reading], seen=0, overview=Overview(), method="m")


def test_a_brief_is_written_as_markdown_and_json(tmp_path: Path) -> None:
    files = write_brief(tmp_path / "new" / "briefs", brief())
    assert files.written
    assert re.fullmatch(r"brief_poll_01\.atom\.xml-[0-9a-f]{10}\.md", files.markdown.name)
    assert files.markdown.read_text(encoding="utf-8") == to_markdown(brief())
    assert files.json.read_text(encoding="utf-8") == to_json(brief())
    assert sorted(path.name for path in files.json.parent.iterdir()) == sorted([files.json.name, files.markdown.name])


def test_writing_the_same_brief_again_touches_nothing(tmp_path: Path) -> None:
    first = write_brief(tmp_path, brief())
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in (first.markdown, first.json)]
    again = write_brief(tmp_path, brief())
    assert again == first._replace(written=False)
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in (again.markdown, again.json)] == before


def test_a_brief_of_which_one_file_is_missing_is_completed(tmp_path: Path) -> None:
    files = write_brief(tmp_path, brief())
    files.markdown.unlink()
    assert write_brief(tmp_path, brief()).written
    assert files.markdown.exists()


def test_another_brief_of_the_same_poll_stands_beside_the_first(tmp_path: Path) -> None:
    first = write_brief(tmp_path, brief(version=1))
    second = write_brief(tmp_path, brief(version=2))
    assert "2401.00001v2" in second.markdown.read_text()
    assert "2401.00001v1" in first.markdown.read_text()
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", "a\0b", "C:\\con", "a/b", ".hidden", "-rf", "x" * 300]
)
def test_no_name_of_a_poll_leads_out_of_the_directory(tmp_path: Path, name: str) -> None:
    files = write_brief(tmp_path, brief(name))
    assert {path.parent for path in tmp_path.rglob("*.*")} == {tmp_path}
    assert files.markdown.exists()


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_polls_never_share_a_file(first: str, second: str) -> None:
    stems = brief_stem(brief(first)), brief_stem(brief(second))
    assert (stems[0] == stems[1]) == (first == second)
    assert all(stem.startswith("brief_") and len(stem) < 130 and set(stem).isdisjoint("/\\:\0 ") for stem in stems)


def test_a_live_address_has_a_file_for_each_answer() -> None:
    url = "https://export.arxiv.org/api/query?search_query=all%3Amoss"
    first, second = brief_stem(brief(url, version=1)), brief_stem(brief(url, version=2))
    assert first != second
    assert first == brief_stem(brief(url, version=1))
    assert first.startswith("brief_https-export.arxiv.org-api-query-search_query-all-3Amoss-")


def test_a_failure_leaves_the_old_file_and_no_scrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.md"
    write_file(path, "old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for broken in ("fsync",):
        monkeypatch.setattr(os, broken, fail)
        with pytest.raises(OSError, match="No space left"):
            write_file(path, "new")
    monkeypatch.undo()
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_file(path, "new")
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("a.md", "old")]


def test_the_scraps_of_killed_writers_are_in_nobodys_way(tmp_path: Path) -> None:
    for attempt in range(3):
        (tmp_path / f".a.md.{attempt}.part").write_text("half")
    assert write_file(tmp_path / "a.md", "whole")
    assert (tmp_path / "a.md").read_text() == "whole"


def test_too_many_scraps_are_reported_with_what_to_do(tmp_path: Path) -> None:
    for attempt in range(100):
        (tmp_path / f".a.md.{attempt}.part").write_text("half")
    with pytest.raises(FileExistsError, match=r"remove its hidden \.part files"):
        write_file(tmp_path / "a.md", "whole")


def test_writers_at_the_same_time_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    contents = [f"{letter}\n" * 20_000 for letter in "abcdefgh"]
    threads = [threading.Thread(target=write_file, args=(path, content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert path.read_text() in contents
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_in_the_files_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("theirs")
    (tmp_path / "a.md").symlink_to(elsewhere)
    write_file(tmp_path / "a.md", "ours")
    assert (elsewhere.read_text(), (tmp_path / "a.md").read_text()) == ("theirs", "ours")


def test_a_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        BriefError, match=r"The brief of poll_01.atom.xml could not be written to .*file.*: .*Check that"
    ):
        write_brief(tmp_path / "file", brief())
