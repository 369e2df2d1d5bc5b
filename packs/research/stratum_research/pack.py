"""The research pack, as Stratum finds it by its entry point."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stratum import Demo, Pack

from .agent import DigestResult, Job, app
from .samples import LABEL, write_samples


def prepare(data: Path | None, folder: Path) -> Mapping[str, Any]:
    """Return the input of a demonstration that reads ``data``, or made-up polls, and writes below ``folder``.

    Raises:
        OSError: the folder cannot be written to.

    """
    if data is None:
        data = folder / "made-up-polls"
        write_samples(data)
    home = folder.resolve()
    job = Job(data=str(data.resolve()), out=str(home / "briefs"), log=str(home / "read.log"))
    return {"job": job.model_dump()}


def summary(result: object) -> dict[str, Any]:
    """Return what ``stratum demo research --json`` prints of a digest's result."""
    polls = DigestResult.model_validate(result).polls
    shown = {"file", "new", "updated", "seen", "papers"}
    return {"polls": [poll.model_dump(mode="json", include=shown) for poll in polls]}


def story(result: object) -> list[str]:
    """Return a digest's result in plain words, a line each."""
    lines: list[str] = []
    for poll in DigestResult.model_validate(result).polls:
        brief = f"brief: {poll.brief}" if poll.brief else "nothing new, so no brief"
        lines.append(f"{poll.file}: {poll.new} new, {poll.updated} updated, {poll.seen} known; {brief}")
    return lines


pack = Pack(
    name="research",
    title="polls paper feeds and writes a brief of what is new",
    app=app,
    app_path="stratum_research:app",
    demo=Demo(
        agent="digest",
        unit="paper",
        label=LABEL,
        log="read.log",
        effect_step="read",
        prepare=prepare,
        summary=summary,
        story=story,
    ),
)
