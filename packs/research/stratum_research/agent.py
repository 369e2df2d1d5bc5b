"""The research agent: polls feeds, reads each new paper once, and writes a brief of each poll that brings something.

What has been handled is remembered in the same commit as the step that writes the brief: a paper is in a brief if and
only if it is remembered, whatever is killed and whenever.
"""

from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from stratum import App, Done, Retry, Run

from .briefs import Brief, Reading, compose_brief
from .changes import describe_changes
from .files import append_line, write_brief
from .live import ArxivApi, ArxivQuery, CrossrefApi, CrossrefQuery
from .merging import merge_works
from .papers import Paper, work_keys
from .polls import Poll
from .reading import ExtractiveReader, Note, Reader
from .sorting import KIND, Handled, Sorted, claim_keys, sort_papers, version_key
from .sources import POLL_PATTERN, find_polls, read_poll

READ_AT_ONCE = 4
_VERSION_KIND = "paper version"
_PAPER_CHARACTERS_MAX = 50_000
_PATIENT = Retry(attempts=8, first=timedelta(seconds=3), cap=timedelta(minutes=10))


class PollResult(BaseModel):
    """What one poll brought. ``papers`` are the ids, as cited, of the new papers and then of the updates."""

    model_config = ConfigDict(frozen=True)

    file: str
    new: int
    updated: int
    seen: int
    papers: tuple[str, ...]
    brief: str | None = None
    """Where the brief is; None when nothing was new and the agent stayed silent."""


class DigestResult(BaseModel):
    """What all polls of a directory brought, in their order."""

    model_config = ConfigDict(frozen=True)

    polls: tuple[PollResult, ...]


class Job(BaseModel):
    """Where a digest reads from and writes to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str
    """The directory of poll files."""
    out: str
    """The directory for briefs."""
    pattern: str = POLL_PATTERN
    log: str = ""
    """A file that gets one line for each paper that was read to the end; none by default."""


def research_app(reader: Reader) -> App:
    """Return the research app; ``reader`` is the one place where a model plugs in."""
    app = App("research")
    handler = PollHandler(reader)
    arxiv, crossref = ArxivApi(), CrossrefApi()

    @app.agent(name="digest")
    async def digest(run: Run, job: Job) -> DigestResult:  # pyright: ignore[reportUnusedFunction] - registered by name
        """Handle every poll file of a directory, in natural order."""
        names = await run.step("list polls", list_polls, job)
        results: list[PollResult] = []
        for name in names:
            with run.scope(_scope_name(name)):
                poll = await run.step("read feed", read_file, job.data, name)
                results.append(await handler.handle(run, poll, job))
        return DigestResult(polls=tuple(results))

    @app.agent(name="watch")
    async def watch(run: Run, query: ArxivQuery | CrossrefQuery, out: str) -> PollResult:  # pyright: ignore[reportUnusedFunction] - registered by name
        """Ask a live service once, and handle its answer. Put it on a schedule to poll again and again."""

        async def fetch(wanted: ArxivQuery | CrossrefQuery) -> Poll:
            return await (arxiv.poll(wanted) if isinstance(wanted, ArxivQuery) else crossref.poll(wanted))

        poll = await run.step("fetch", fetch, query, retry=_PATIENT)
        return await handler.handle(run, poll, Job(data="", out=out))

    return app


class PollHandler:
    """Reads what a poll brings that is new, writes its brief, and remembers both in one commit."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def handle(self, run: Run, poll: Poll, job: Job) -> PollResult:
        """Handle one poll; it stays silent when nothing is new."""
        papers = merge_works(poll.papers)
        found = await run.memory.known(KIND, [key for paper in papers for key in work_keys(paper)])
        handled = {key: Handled.model_validate(detail) for key, detail in found.items()}
        ours = await self._claim(run, sort_papers(papers, handled), handled)
        to_read = [*ours.new, *(update.paper for update in ours.updated)]
        if not to_read:
            return PollResult(file=poll.name, new=0, updated=0, seen=len(papers), papers=())
        readings = await self._read(run, ours, job)
        seen = len(papers) - len(to_read)
        brief = await run.step("compose brief", self._compose, poll, readings, seen)
        done = [Done(KIND, claim_keys(paper, handled), remembered(paper)) for paper in to_read]
        done += [Done(_VERSION_KIND, version_key(update.paper)) for update in ours.updated]
        path = await run.step("write brief", save, job.out, brief, done=done)
        ids = tuple(paper.versioned_id for paper in to_read)
        return PollResult(
            file=poll.name, new=len(ours.new), updated=len(ours.updated), seen=seen, papers=ids, brief=path
        )

    async def _claim(self, run: Run, found: Sorted, handled: dict[str, Handled]) -> Sorted:
        """Claim what is new, so that of several runs one reads it; what another run holds is left to it."""
        new = await run.memory.unseen(KIND, found.new, key=lambda paper: claim_keys(paper, handled))
        updated = await run.memory.unseen(_VERSION_KIND, found.updated, key=lambda update: version_key(update.paper))
        return Sorted(tuple(new), tuple(updated), found.seen)

    async def _read(self, run: Run, ours: Sorted, job: Job) -> list[Reading]:
        async def note(branch: Run, paper: Paper) -> Note:
            return await branch.step("read", self._note, paper, job.log)

        before = {update.paper.work_key: update.before for update in ours.updated}
        papers = [*ours.new, *(update.paper for update in ours.updated)]
        notes = await run.map(note, papers, key=lambda paper: paper.work_key, limit=READ_AT_ONCE)
        return [_reading(paper, note, before.get(paper.work_key)) for paper, note in zip(papers, notes, strict=True)]

    async def _note(self, paper: Paper, log: str) -> Note:
        note = await self._reader.read(paper)
        if log:
            append_line(Path(log), f"read {paper.versioned_id}")
        return note

    async def _compose(self, poll: Poll, readings: list[Reading], seen: int) -> Brief:
        papers, notes = [reading.paper for reading in readings], [reading.note for reading in readings]
        overview = await self._reader.overview(papers, notes)
        return compose_brief(poll, readings, seen=seen, overview=overview, method=self._reader.method)


def list_polls(job: Job) -> list[str]:
    """Return the names of a job's poll files, in the order in which to handle them.

    Raises:
        SourceError: there is no such directory, or it has no polls.
    """
    return list(find_polls(Path(job.data), pattern=job.pattern).names)


def read_file(data: str, name: str) -> Poll:
    """Return the poll in one file.

    Raises:
        SourceError, FeedError: the file cannot be read, or is not a feed.
    """
    return read_poll(Path(data), name)


def save(out: str, brief: Brief) -> str:
    """Write a brief, and return where its Markdown is.

    Raises:
        BriefError: the directory cannot be written to.
    """
    return str(write_brief(Path(out), brief).markdown)


def remembered(paper: Paper) -> dict[str, object]:
    """Return what is remembered of a handled paper; a very long record is remembered without its text."""
    detail = Handled(work_key=paper.work_key, version=paper.version, paper=paper).model_dump(mode="json")
    if len(paper.model_dump_json()) > _PAPER_CHARACTERS_MAX:
        detail["paper"] = None
    return detail


def _reading(paper: Paper, note: Note, before: Handled | None) -> Reading:
    if before is None:
        return Reading(paper=paper, note=note)
    changes = describe_changes(before.paper, paper) if before.paper else ()
    return Reading(paper=paper, note=note, previous_version=before.version, changes=changes)


def _scope_name(name: str) -> str:
    """Return a file's name as a scope's: without the characters that scopes are written with."""
    return "poll " + "".join("_" if letter in "/#[]" or not letter.isprintable() else letter for letter in name)[:150]


app = research_app(ExtractiveReader())
"""The app that works without a model."""
