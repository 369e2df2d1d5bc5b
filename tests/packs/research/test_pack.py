"""The research pack as Stratum finds it, and what its demonstration is given and tells."""

from pathlib import Path

import pytest

from stratum import Pack
from stratum.app.pack import load_pack
from stratum_research import app, pack
from stratum_research.agent import DigestResult, Job, PollResult
from stratum_research.pack import prepare, story, summary
from stratum_research.samples import LABEL

RESULT = DigestResult(
    polls=(
        PollResult(file="poll_1.xml", new=2, updated=1, seen=3, papers=("a", "b", "c"), brief="briefs/brief_1.md"),
        PollResult(file="poll_2.xml", new=0, updated=0, seen=6, papers=()),
    )
)


def test_the_pack_that_is_installed_is_this_one() -> None:
    assert load_pack("research") is pack
    assert isinstance(pack, Pack)
    assert pack.app is app
    assert pack.app_path == "stratum_research:app"
    assert pack.demo.agent in app.agents
    assert pack.demo.label == LABEL


def test_a_demonstration_without_data_reads_made_up_polls_below_its_folder(tmp_path: Path) -> None:
    job = Job.model_validate(prepare(None, tmp_path)["job"])
    assert min(path.name for path in Path(job.data).glob("poll_*")) == "poll_01.atom.xml"
    assert Path(job.data).is_relative_to(tmp_path)
    assert Path(job.out) == tmp_path / "briefs"
    assert Path(job.log) == tmp_path / pack.demo.log


def test_a_demonstration_with_data_reads_it_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "feeds").mkdir()
    monkeypatch.chdir(tmp_path)
    job = Job.model_validate(prepare(Path("feeds"), Path("demo"))["job"])
    assert Path(job.data) == tmp_path / "feeds"
    assert Path(job.out) == tmp_path / "demo" / "briefs"
    assert list(Path(job.data).iterdir()) == []


def test_the_summary_leaves_out_where_files_are() -> None:
    shown = summary(RESULT.model_dump(mode="json"))
    assert shown["polls"][0] == {"file": "poll_1.xml", "new": 2, "updated": 1, "seen": 3, "papers": ["a", "b", "c"]}


def test_the_story_is_a_line_for_each_poll() -> None:
    assert story(RESULT.model_dump(mode="json")) == [
        "poll_1.xml: 2 new, 1 updated, 3 known; brief: briefs/brief_1.md",
        "poll_2.xml: 0 new, 0 updated, 6 known; nothing new, so no brief",
    ]
