"""``stratum bench``: what this disk or server gives, measured beside its own raw commits."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from cyclopts import Parameter

from stratum.cli.exits import DONE
from stratum.cli.measuring import Measure, measure
from stratum.cli.options import HERE, Json, Place
from stratum.cli.output import Output
from stratum.store.probe import drop_scratch, scratch_url

_SCRATCH = "stratum_bench"


async def bench(
    *,
    runs: Annotated[int, Parameter(help="How many 10-step runs each measurement has.")] = 1_000,
    history: Annotated[int, Parameter(help="The longest run that is resumed, in steps.")] = 10_000,
    place: Place = HERE,
    json: Json = False,
) -> int:
    """Measure."""
    output = Output(json=json)
    folder = Path.cwd()
    with TemporaryDirectory(prefix=".stratum-bench-", dir=folder) as scratch:
        url = scratch_url(place.url, Path(scratch), _SCRATCH)
        await asyncio.to_thread(drop_scratch, url)
        try:
            with output.progress("measuring", Measure.parts(history)) as advance:
                found = await measure(url, runs=runs, history=history, done=lambda: advance(1))
        finally:
            await asyncio.to_thread(drop_scratch, url)
    if json:
        output.json({"store": place.shown_url, **found.shape()})
    else:
        _tell(output, found.shape())
    return DONE


def _tell(output: Output, found: dict[str, Any]) -> None:
    raw = found["raw"]
    output.say(
        f"raw commits        {raw['per_second']:,.0f}/s   p50 {raw['p50_ms']:.2f} ms   p99 {raw['p99_ms']:.2f} ms"
    )
    for line in found["steps"]:
        output.say(
            f"{line['runs_in_flight']:>4} runs in flight  {line['steps_per_second']:,.0f} steps/s"
            f"   p50 {line['p50_ms']:.2f} ms   p99 {line['p99_ms']:.2f} ms"
            f"   {line['flushes_per_run']:.2f} flushes a run   {line['cpu_us_per_step']:.0f} us CPU a step"
        )
    output.say(f"one run / raw      {found['ratio_of_one_run_to_raw']:.2f} steps a raw commit")
    output.say(f"stored             {found['bytes_per_step']:.0f} bytes a step")
    for line in found["resume"]:
        output.say(f"resume {line['steps']:>6,} steps  {line['seconds']:.3f} s")
