"""stratum demo research: the main job, killed and started again, on bundled and on real input."""

import asyncio
import json
import random
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from stratum.testing import eventually
from tests.cli.shell import Shell

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "research"
NEW, UPDATED = [8, 4, 0, 3, 4, 5], [0, 0, 0, 1, 0, 0]
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the recorded feeds are not beside this checkout")


def counts(answer: dict[str, list[dict[str, int]]], what: str) -> list[int]:
    """Return one number of each poll."""
    return [poll[what] for poll in answer["polls"]]


def test_bundled_polls_bring_what_they_hold_and_nothing_the_second_time(shell: Shell) -> None:
    first = shell("demo", "research", "--json").json
    assert (counts(first, "new"), counts(first, "updated")) == (NEW, UPDATED)
    again = shell("demo", "research", "--json").json
    assert counts(again, "new") == counts(again, "updated") == [0] * 6


@needs_real
def test_recorded_polls_bring_what_the_independent_count_says(shell: Shell) -> None:
    expected = json.loads((REAL / "expected.json").read_text())
    found = shell("demo", "research", "--data", str(REAL), "--json").json
    assert counts(found, "new") == [poll["new"] for poll in expected["polls"]] == [10, 5, 0, 5, 4, 0, 6]
    assert [poll["papers"] for poll in found["polls"]] == [poll["new_ids"] for poll in expected["polls"]]


def test_a_folder_that_has_no_polls_is_told(shell: Shell) -> None:
    answer = shell("demo", "research", "--data", str(shell.folder), "--json")
    assert answer.code == 1
    assert "is a poll" in answer.err


def test_an_unknown_pack_is_told(shell: Shell) -> None:
    answer = shell("demo", "astrology")
    assert answer.code == 1
    assert "installed are" in answer.err


@pytest.mark.crash
def test_the_story_tells_what_was_resumed_and_that_nothing_was_read_twice(shell: Shell) -> None:
    answer = shell("demo", "research")
    assert answer.code == 0, answer.err
    assert "killed with SIGKILL in the middle" in answer.out
    assert "stand unchanged and were not carried out again" in answer.out
    assert "25 papers read" in answer.out
    briefs = list((shell.folder / "stratum-demo" / "research" / "briefs").glob("*.md"))
    assert len(briefs) == 5
    assert str(briefs[0].parent) in answer.out


@pytest.mark.crash
@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_and_started_again_it_shows_the_same(shell: Shell, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable moment for each kill
    command = [sys.executable, "-m", "stratum.cli", "demo", "research", "--json"]
    log = shell.folder / "stratum-demo" / "research" / "read.log"
    wanted = sorted(chance.sample(range(1, 25), 3))
    for lines in wanted:
        with subprocess.Popen(command, cwd=shell.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            asyncio.run(eventually(partial(_has_lines, log, lines), within=60, what=f"{lines} papers were read"))
            process.kill()
    done = subprocess.run(command, cwd=shell.folder, capture_output=True, text=True, timeout=120, check=True)
    assert counts(json.loads(done.stdout), "new") == NEW
    again = subprocess.run(command, cwd=shell.folder, capture_output=True, text=True, timeout=120, check=True)
    assert counts(json.loads(again.stdout), "new") == [0] * 6


def _has_lines(log: Path, count: int) -> bool:
    return log.exists() and log.read_text().count("\n") >= count
