"""The demonstration as people see it: a worker is killed with SIGKILL in the middle, and another one finishes."""

import asyncio
import shutil
import sys
from asyncio.subprocess import Process
from collections import Counter
from pathlib import Path
from typing import Any

from stratum import Event, Handle
from stratum.cli.demo_run import DemoRun
from stratum.cli.output import Output
from stratum.cli.words import counted

_LOOK_SECONDS = 0.005
_BEFORE_KILL = 10
"""How many effects the first worker is given."""
_LOOKS_MAX = 12_000


async def tell_story(run: DemoRun, handle: Handle[Any], output: Output, *, bundled: bool) -> object:
    """Execute the run with two workers, kill the first, and say what was resumed."""
    demo = run.pack.demo
    output.say(f"{run.pack.name}: {run.pack.title}")
    if bundled:
        output.say(f"  The input is bundled. {demo.label}.")
    output.say(f"  Run {handle.id} in {run.place.url}")
    output.say("")
    before = len(run.effects())
    first = await run.worker()
    output.say(f"1. A worker process ({first.pid}) has begun.")
    killed = await _kill_in_the_middle(run, handle, first, before)
    recorded = await handle.history()
    if killed:
        output.say(f"2. It was killed with SIGKILL in the middle, {_done(run, recorded)}.")
        open_steps = _in_flight(run, recorded, before)
        if open_steps:
            output.say(f"   {counted(open_steps, demo.unit)} had been read and not yet recorded: read again below.")
        second = await run.worker()
        output.say(f"3. Another worker process ({second.pid}) takes over from the journal.")
        try:
            result = await handle.result()
        finally:
            second.terminate()
            await second.wait()
        await _verdict(run, handle, recorded, output, before)
    else:
        result = await handle.result()
        output.say("2. It was done before it could be killed: nothing was left to do.")
        first.terminate()
        await first.wait()
    output.say("")
    for line in demo.story(result):
        output.say(f"   {line}")
    _next_commands(run, handle, output)
    return result


async def _kill_in_the_middle(run: DemoRun, handle: Handle[Any], worker: Process, before: int) -> bool:
    """Kill the worker once it has had some effects; False when the run ended before."""
    for _ in range(_LOOKS_MAX):
        if len(run.effects()) - before >= _BEFORE_KILL:
            break
        if (await handle.status()).ended_at is not None:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    worker.kill()
    await worker.wait()
    return (await handle.status()).ended_at is None


async def _verdict(run: DemoRun, handle: Handle[Any], before_kill: list[Event], output: Output, skipped: int) -> None:
    events = await handle.history()
    kept = events[: len(before_kill)] == before_kill
    steps = [event for event in events if event.kind == "step"]
    resumed = sum(event.kind == "step" for event in before_kill)
    output.say(
        f"4. Done. {counted(resumed, 'step')} that the first worker had recorded "
        f"{'stand unchanged' if kept else 'HAVE CHANGED, which is a fault'} and were not carried out again; "
        f"{counted(len(steps) - resumed, 'step')} followed."
    )
    twice = [line for line, count in Counter(run.effects()[skipped:]).items() if count > 1]
    unit = run.pack.demo.unit
    effects = len(set(run.effects()[skipped:]))
    if twice:
        output.say(
            f"   {counted(effects, unit)} read; {len(twice)} of them had been finished in the instant of the kill, "
            f"before that was recorded, and read once more: {', '.join(twice)}."
        )
    else:
        output.say(f"   {counted(effects, unit)} read, none twice. Each brief was written once.")


def _done(run: DemoRun, events: list[Event]) -> str:
    steps = [event for event in events if event.kind == "step"]
    name = run.pack.demo.effect_step
    read = sum(event.key.rpartition("/")[2].partition("#")[0] == name for event in steps)
    return f"after {counted(len(steps), 'recorded step')}, {counted(read, run.pack.demo.unit)} read"


def _in_flight(run: DemoRun, events: list[Event], before: int) -> int:
    name = run.pack.demo.effect_step
    recorded = sum(event.kind == "step" and event.key.rpartition("/")[2].partition("#")[0] == name for event in events)
    return max(0, len(run.effects()) - before - recorded)


def _next_commands(run: DemoRun, handle: Handle[Any], output: Output) -> None:
    store = f"--store {run.place.url}"
    command = _own_name()
    output.say("")
    output.say("Try next:")
    output.say(f"   {command} show {handle.id} {store}")
    output.say(f"   {command} runs {store}")
    output.say(f"   {command} demo {run.pack.name}              (again: nothing is new, so it stays silent)")
    output.say(f"   {command} demo {run.pack.name} --data DIR   (feed files of your own)")
    output.say(f"   rm -r {run.place.folder}            (to begin anew)")


def _own_name() -> str:
    """Return how this program was called, so that the commands shown can be copied."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "stratum" and str(called) != shutil.which("stratum") else "stratum"
