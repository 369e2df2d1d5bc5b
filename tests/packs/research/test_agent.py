"""The research agent on both stores: each paper once, whatever is asked twice, cancelled or done side by side."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from stratum import App, Handle, RunCancelled, RunFailed, Status, Stratum
from stratum.testing.waiting import eventually
from stratum.testing.working import QUICK, working
from stratum_research import app, research_app
from stratum_research.agent import DigestResult, Job, PollResult, remembered
from stratum_research.briefs import Brief
from stratum_research.fetching import Pace
from stratum_research.live import ArxivApi, ArxivQuery
from stratum_research.papers import Paper
from stratum_research.reading import ExtractiveReader, KeySentence, Note, Overview
from stratum_research.samples import write_samples
from tests.packs.research.conftest import Reply, WebServer
from tests.packs.research.feed_texts import atom_entry, atom_feed


class QuickReader:
    """Quotes the title, counts what it has read, and can be held up."""

    method = "a test's: the title is quoted"

    def __init__(self) -> None:
        self.read_papers: Counter[str] = Counter()
        self.held = False
        self.holding = 0

    async def read(self, paper: Paper) -> Note:
        if self.held:
            self.holding += 1
            await asyncio.Event().wait()
        self.read_papers[paper.versioned_id] += 1
        return Note(work_key=paper.work_key, version=paper.version, sentences=(KeySentence(text=paper.title),))

    async def overview(self, papers: Sequence[Paper], notes: Sequence[Note]) -> Overview:
        return Overview(summary=f"{len(papers)} papers, {len(notes)} notes")


@pytest.fixture
def polls(tmp_path: Path) -> Path:
    """The made-up polls."""
    write_samples(tmp_path / "polls")
    return tmp_path / "polls"


async def start(stratum: Stratum, job: Job) -> Handle[DigestResult]:
    handle: Handle[DigestResult] = await stratum.start("digest", job=job)
    return handle


async def digest(stratum: Stratum, data: Path, out: Path) -> DigestResult:
    """Digest a directory in a run of its own."""
    return await (await start(stratum, Job(data=str(data), out=str(out)))).result()


def briefs_in(*folders: Path) -> list[Brief]:
    paths = sorted(path for folder in folders for path in folder.glob("brief_*.json"))
    return [Brief.model_validate_json(path.read_text()) for path in paths]


def cited_in(*folders: Path) -> Counter[str]:
    return Counter(reading.paper.versioned_id for brief in briefs_in(*folders) for reading in brief.cited)


def stated(data: Path) -> list[dict[str, Any]]:
    expected: list[dict[str, Any]] = json.loads((data / "expected.json").read_text())["polls"]
    return expected


def ids_of(polls: Path) -> list[str]:
    return [one for poll in stated(polls) for one in (*poll["new_ids"], *poll["updated_ids"])]


async def test_a_digest_finds_in_each_poll_what_is_new_and_writes_a_brief_of_it(
    store_url: str, polls: Path, tmp_path: Path
) -> None:
    out = tmp_path / "briefs"
    async with working(app, store_url) as stratum:
        result = await digest(stratum, polls, out)
    for poll, expected in zip(result.polls, stated(polls), strict=True):
        assert poll.file == expected["file"]
        assert list(poll.papers) == [*expected["new_ids"], *expected["updated_ids"]]
        assert (poll.new, poll.updated) == (expected["new"], expected["updated"])
        assert poll.seen == expected["already_seen"]
        assert (poll.brief is None) == (not poll.papers)
    assert {Path(poll.brief) for poll in result.polls if poll.brief} == set(out.glob("*.md"))
    assert cited_in(out) == dict.fromkeys(ids_of(polls), 1)


async def test_a_second_version_is_an_update_that_says_what_has_changed(
    sqlite_url: str, polls: Path, tmp_path: Path
) -> None:
    out = tmp_path / "briefs"
    async with working(app, sqlite_url) as stratum:
        await digest(stratum, polls, out)
    (updated,) = [reading for brief in briefs_in(out) for reading in brief.updated]
    assert (updated.previous_version, updated.paper.version) == (1, 2)
    assert updated.changes


async def test_a_digest_made_again_has_nothing_to_say(store_url: str, polls: Path, tmp_path: Path) -> None:
    reader = QuickReader()
    async with working(research_app(reader), store_url) as stratum:
        await digest(stratum, polls, tmp_path / "first")
        result = await digest(stratum, polls, tmp_path / "second")
        other = await digest(stratum.tenant("acme"), polls, tmp_path / "third")
    assert [(poll.new, poll.updated, poll.brief) for poll in result.polls] == [(0, 0, None)] * 6
    assert not (tmp_path / "second").exists()
    assert sum(poll.new for poll in other.polls) == 24, "another tenant has a memory of its own"
    assert reader.read_papers == dict.fromkeys(ids_of(polls), 2)


async def test_real_feeds_give_what_is_known_to_be_in_them(sqlite_url: str, real_data: Path, tmp_path: Path) -> None:
    reader, out = QuickReader(), tmp_path / "briefs"
    async with working(research_app(reader), sqlite_url) as stratum:
        result = await digest(stratum, real_data, out)
    expected = stated(real_data)
    assert [poll.file for poll in result.polls] == [poll["file"] for poll in expected]
    assert [list(poll.papers[: poll.new]) for poll in result.polls] == [poll["new_ids"] for poll in expected]
    assert [poll.seen + poll.updated for poll in result.polls] == [poll["already_seen"] for poll in expected]
    assert set(cited_in(out).values()) == {1}


async def test_a_cancelled_digest_leaves_its_papers_to_the_next_one(
    store_url: str, polls: Path, tmp_path: Path
) -> None:
    reader = QuickReader()
    async with working(research_app(reader), store_url) as stratum:
        reader.held = True
        first = await start(stratum, Job(data=str(polls), out=str(tmp_path / "first")))
        await eventually(lambda: reader.holding, what="the first digest reads")
        await first.cancel("enough")
        with pytest.raises(RunCancelled):
            await first.result()
        reader.held = False
        await digest(stratum, polls, tmp_path / "second")
    assert not (tmp_path / "first").exists()
    assert cited_in(tmp_path / "second") == dict.fromkeys(ids_of(polls), 1)


async def test_of_two_digests_at_once_each_paper_is_in_the_brief_of_one(
    store_url: str, polls: Path, tmp_path: Path
) -> None:
    reader = QuickReader()
    outs = [tmp_path / name for name in ("first", "second", "third")]
    research = research_app(reader)
    async with research.open(store_url) as stratum:
        runs = [await start(stratum, Job(data=str(polls), out=str(out))) for out in outs]
        async with stratum.worker(**QUICK), stratum.worker(**QUICK):
            results = await asyncio.gather(*(run.result() for run in runs))
    read = Counter(one for result in results for poll in result.polls for one in poll.papers)
    assert set(cited_in(*outs).values()) == {1}
    assert cited_in(*outs) == read == reader.read_papers
    assert {one for one in ids_of(polls) if one.endswith("v1")} <= set(read)


async def test_each_paper_that_was_read_is_a_line_of_the_log(sqlite_url: str, polls: Path, tmp_path: Path) -> None:
    log = tmp_path / "read.log"
    async with working(research_app(QuickReader()), sqlite_url) as stratum:
        job = Job(data=str(polls), out=str(tmp_path / "briefs"), log=str(log))
        await (await start(stratum, job)).result()
    assert Counter(log.read_text().splitlines()) == Counter(f"read {one}" for one in ids_of(polls))


async def test_a_directory_that_is_not_there_fails_the_digest_with_its_name(sqlite_url: str, tmp_path: Path) -> None:
    async with working(app, sqlite_url) as stratum:
        with pytest.raises(RunFailed, match="nowhere"):
            await digest(stratum, tmp_path / "nowhere", tmp_path / "briefs")


async def test_a_file_with_an_odd_name_can_be_a_poll(sqlite_url: str, tmp_path: Path) -> None:
    data = tmp_path / "polls"
    data.mkdir()
    (data / "poll_[1]#2.xml").write_bytes(atom_feed(atom_entry()))
    async with working(research_app(QuickReader()), sqlite_url) as stratum:
        result = await digest(stratum, data, tmp_path / "briefs")
    assert [poll.papers for poll in result.polls] == [("2202.12139v1",)]


def watching(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> App:
    """Return the research app, which asks the local server in arXiv's place."""
    api = ArxivApi(base=f"{web.url}/api/query", pace=Pace(0.0))
    monkeypatch.setattr("stratum_research.agent.ArxivApi", lambda: api)
    return research_app(QuickReader())


async def watch(stratum: Stratum, out: Path) -> PollResult:
    handle: Handle[PollResult] = await stratum.start("watch", query=ArxivQuery(search_query="all:moss"), out=str(out))
    return await handle.result()


async def test_a_watch_asks_the_service_and_tells_new_papers_from_later_versions(
    store_url: str, web: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [
        atom_feed(atom_entry("http://arxiv.org/abs/2202.12139v1")),
        atom_feed(atom_entry("http://arxiv.org/abs/2202.12139v1")),
        atom_feed(
            atom_entry("http://arxiv.org/abs/2202.12139v2", title="A better title"),
            atom_entry("http://arxiv.org/abs/2401.00001v1"),
        ),
    ]
    web.answer = lambda _: Reply(answers[len(web.requests) - 1])
    async with working(watching(web, monkeypatch), store_url) as stratum:
        first, second, third = [await watch(stratum, tmp_path / str(number)) for number in range(3)]
    assert (first.papers, first.seen) == (("2202.12139v1",), 0)
    assert (second.papers, second.seen, second.brief) == ((), 1, None)
    assert (third.papers, third.new, third.updated) == (("2401.00001v1", "2202.12139v2"), 1, 1)
    (brief,) = briefs_in(tmp_path / "2")
    assert [(reading.previous_version, reading.paper.title) for reading in brief.updated] == [(1, "A better title")]
    assert brief.updated[0].changes


async def test_a_watch_that_the_service_refuses_fails_at_once_with_the_reason(
    sqlite_url: str, web: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.answer = lambda _: Reply(b"nothing here", status=404)
    async with working(watching(web, monkeypatch), sqlite_url) as stratum:
        with pytest.raises(RunFailed, match="404"):
            await watch(stratum, tmp_path)
    assert len(web.requests) == 1


def test_a_very_long_record_is_remembered_without_its_text() -> None:
    short = Paper(work_key="arxiv:2401.00001", source="arxiv", title="T", abstract="short")
    assert remembered(short)["paper"]
    assert remembered(short.model_copy(update={"abstract": "x" * 100_000}))["paper"] is None


async def test_the_app_reads_without_a_model(sqlite_url: str, tmp_path: Path) -> None:
    data = tmp_path / "polls"
    data.mkdir()
    (data / "poll_1.xml").write_bytes(atom_feed(atom_entry()))
    async with working(app, sqlite_url) as stratum:
        handle = await start(stratum, Job(data=str(data), out=str(tmp_path / "briefs")))
        await handle.result()
        assert (await handle.status()).status is Status.DONE
    assert [brief.method for brief in briefs_in(tmp_path / "briefs")] == [ExtractiveReader.method]
