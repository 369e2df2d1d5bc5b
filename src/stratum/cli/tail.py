"""``stratum tail``: a run's journal as it grows, until the run has ended."""

import asyncio
from collections.abc import AsyncIterator

from rich.text import Text

from stratum import Event, RunRow, Status, Stratum, Unavailable
from stratum.app.operations import events_after
from stratum.cli.exits import DONE, FAILED
from stratum.cli.opening import find_run, open_existing
from stratum.cli.options import HERE, Json, Place, RunId
from stratum.cli.output import Output
from stratum.cli.sentences import QUIET, event_words, run_state
from stratum.cli.shapes import event_shape, run_shape
from stratum.cli.words import local_clock, plain
from stratum.kernel.clock import SystemClock

_LOOK_SECONDS = 0.5
_REST_SECONDS = 0.05
"""Hints of other processes' commits come in crowds; between two looks lies at least this."""


async def tail(run: RunId, /, *, place: Place = HERE, json: Json = False) -> int:
    """Follow one run while it works."""
    output = Output(json=json)
    async with open_existing(place) as stratum:
        row = await find_run(stratum, place, run)
        if not json:
            output.words((row.id, "bold"), (row.agent, ""))
        async for event in _follow(stratum, output, row):
            _print(output, event)
        row = await stratum.handle(row.id).status()
    state = run_state(row, SystemClock().now())
    if json:
        output.json_line({"type": "end", "run": run_shape(row)})
    else:
        output.words((state.text, state.style))
    return DONE if row.status is Status.DONE else FAILED


async def _follow(stratum: Stratum, output: Output, row: RunRow) -> AsyncIterator[Event]:
    """Yield the journal's events in order, and wait for more until the run has ended."""
    seq, away = 0, False
    with stratum.store.subscribe("ended", "inbox") as wake:
        while True:
            try:
                row = await stratum.handle(row.id).status()
                events = await events_after(stratum, row.id, seq) if row.head > seq else []
                away = False
            except Unavailable as error:
                events = []
                if not away:
                    output.note(f"{error.message} Waiting for it.")
                away = True
            for event in events:
                yield event
                seq = event.seq
            if row.ended_at is not None and seq >= row.head:
                return
            if not events:
                await asyncio.sleep(_REST_SECONDS)
                await wake.wait(_LOOK_SECONDS)


def _print(output: Output, event: Event) -> None:
    if output.json_wanted:
        output.json_line({"type": "event", **event_shape(event)})
        return
    words = event_words(event)
    line = Text.assemble((local_clock(event.at), QUIET), "  ", plain(event.key), "  " if event.key else "")
    line.append(words.text, style=words.style)
    output.row(line)
