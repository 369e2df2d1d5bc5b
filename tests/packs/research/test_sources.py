"""A directory of saved feeds gives its polls in a stable, natural order."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_research import sources
from stratum_research.errors import FeedError, SourceError
from stratum_research.merging import merge_works
from stratum_research.papers import work_keys
from stratum_research.sources import PollFiles, find_polls, read_poll
from tests.packs.research.feed_texts import atom_entry, atom_feed


def put(directory: Path, *names: str) -> None:
    for name in names:
        (directory / name).write_bytes(atom_feed(atom_entry()))


def test_polls_come_in_natural_order(tmp_path: Path) -> None:
    put(tmp_path, "poll_10.xml", "poll_2.xml", "poll_1.atom.xml", "poll_02.json", "poll_b.atom", "poll_A.xml")
    assert find_polls(tmp_path).names == (
        "poll_1.atom.xml",
        "poll_02.json",
        "poll_2.xml",
        "poll_10.xml",
        "poll_A.xml",
        "poll_b.atom",
    )


def test_only_feed_files_that_match_are_polls(tmp_path: Path) -> None:
    put(
        tmp_path,
        "poll_1.xml",
        "poll_1.xml~",
        "poll_1.part",
        ".poll_2.xml",
        "id_1.xml",
        "crossref_works.json",
        "Poll_3.xml",
    )
    (tmp_path / "poll_dir.xml").mkdir()
    assert find_polls(tmp_path) == PollFiles(("poll_1.xml",), ("poll_1.part", "poll_1.xml~"))


def test_a_file_whose_name_is_not_unicode_is_ignored(tmp_path: Path) -> None:
    put(tmp_path, "poll_1.xml", "poll_\udcff.xml")
    assert find_polls(tmp_path) == PollFiles(("poll_1.xml",), ("poll_\ufffd.xml",))


def test_another_pattern_names_other_files(tmp_path: Path) -> None:
    put(tmp_path, "poll_1.xml", "id_1.xml", "crossref_works.json")
    assert find_polls(tmp_path, pattern="id_*").names == ("id_1.xml",)
    assert find_polls(tmp_path, pattern="*").names == ("crossref_works.json", "id_1.xml", "poll_1.xml")


@given(st.lists(st.from_regex(r"poll_[0-9a-c]{1,4}\.xml", fullmatch=True), min_size=1, unique=True))
def test_the_order_does_not_depend_on_the_file_system(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    first, second = tmp_path_factory.mktemp("a"), tmp_path_factory.mktemp("b")
    put(first, *names)
    put(second, *reversed(names))
    assert find_polls(first) == find_polls(second)


def test_a_directory_without_polls_says_what_is_there_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none matches 'poll_\*'.*It is empty"):
        find_polls(tmp_path)
    put(tmp_path, *(f"id_{number}.xml" for number in range(7)))
    with pytest.raises(SourceError, match=r"It holds id_0\.xml, .*id_4\.xml, …\. Give another directory, or a pattern"):
        find_polls(tmp_path)


def test_a_directory_with_too_many_polls_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_FILES_MAX", 2)
    put(tmp_path, "poll_1.xml", "poll_2.xml", "poll_3.xml")
    with pytest.raises(SourceError, match=r"holds 3 polls; at most 2 are read at once\. Give a narrower pattern"):
        find_polls(tmp_path)


def test_a_missing_directory_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere cannot be read: No such file or directory"):
        find_polls(tmp_path / "nowhere")


def test_a_poll_is_named_after_its_file(tmp_path: Path) -> None:
    put(tmp_path, "poll_1.xml")
    assert read_poll(tmp_path, "poll_1.xml").name == "poll_1.xml"


@pytest.mark.parametrize("name", ["../poll_1.xml", "a/poll_1.xml", "/etc/passwd", "", ".", "..", "poll\0.xml"])
def test_a_name_cannot_lead_out_of_the_directory(tmp_path: Path, name: str) -> None:
    put(tmp_path, "poll_1.xml")
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(SourceError, match="is not the plain name of a file"):
        read_poll(inner, name)


def test_a_file_that_is_gone_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"poll_1\.xml cannot be read: No such file"):
        read_poll(tmp_path, "poll_1.xml")
    (tmp_path / "poll_1.xml").write_bytes(b"<feed><entry>")
    with pytest.raises(FeedError, match=r"^poll_1\.xml, line 1"):
        read_poll(tmp_path, "poll_1.xml")


def test_real_polls_bring_what_they_are_known_to_bring(real_data: Path) -> None:
    expected = json.loads((real_data / "expected.json").read_text())
    assert list(find_polls(real_data).names) == [poll["file"] for poll in expected["polls"]]
    seen: set[str] = set()
    for poll in expected["polls"]:
        works = merge_works(read_poll(real_data, poll["file"]).papers)
        new = [paper for paper in works if not seen.intersection(work_keys(paper))]
        assert [paper.versioned_id for paper in new] == poll["new_ids"]
        assert len(works) - len(new) == poll["already_seen"]
        seen.update(key for paper in new for key in work_keys(paper))


def test_every_real_file_can_be_read(real_data: Path) -> None:
    names = find_polls(real_data, pattern="[!e]*").names
    assert len(names) == 12
    assert sum(len(read_poll(real_data, name).papers) for name in names) == 85 + 3 + 60
