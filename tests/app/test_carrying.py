"""A run is carried from store to store with its whole journal."""

from pathlib import Path
from typing import Any

import pytest

from stratum import App, Handle, InvalidInput, Run, RunIdTaken, Status
from stratum.app.carrying import export_run, import_run
from stratum.testing.working import settled, working

LARGE = "large " * 5_000


def letters() -> App:
    """Return an app whose run has a large body and then waits."""
    app = App("letters")

    async def write() -> str:
        return LARGE

    @app.agent()
    async def letter(run: Run) -> int:
        text = await run.step("write", write)
        answer = await run.wait("answer", int)
        return len(text) + answer

    return app


async def test_an_ended_run_keeps_its_result_journal_and_times(store_url: str, tmp_path: Path) -> None:
    app = letters()
    async with working(app, store_url) as stratum:
        run: Handle[Any] = await stratum.start("letter")
        await run.signal("answer", 5)
        assert await run.result() == len(LARGE) + 5
        history = await run.history()
        text = await export_run(stratum.runs, "default", run.id)
    async with app.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        assert await import_run(other.runs, "acme", text) == (run.id, Status.DONE)
        there = other.tenant("acme").handle(run.id)
        assert await there.result() == len(LARGE) + 5
        assert await there.history() == history


async def test_a_run_that_had_not_ended_is_parked_and_goes_on_when_it_is_resumed(
    store_url: str, tmp_path: Path
) -> None:
    app = letters()
    async with working(app, store_url) as stratum:
        run: Handle[Any] = await stratum.start("letter")
        await settled(run, Status.WAITING)
        text = await export_run(stratum.runs, "default", run.id)
    async with working(app, f"sqlite:///{tmp_path / 'other.db'}") as other:
        assert await import_run(other.runs, "default", text) == (run.id, Status.PARKED)
        there = other.handle(run.id)
        await there.resume("moved")
        await there.signal("answer", 1)
        assert await there.result() == len(LARGE) + 1


async def test_what_is_no_run_or_is_there_already_is_refused(store_url: str) -> None:
    app = letters()
    async with working(app, store_url) as stratum:
        run: Handle[Any] = await stratum.start("letter")
        text = await export_run(stratum.runs, "default", run.id)
        with pytest.raises(RunIdTaken):
            await import_run(stratum.runs, "default", text)
        for broken in ("", "{}", "[]", text[:50], text.replace("stratum.run/1", "stratum.run/9")):
            with pytest.raises(InvalidInput, match="not an exported run"):
                await import_run(stratum.runs, "default", broken)
