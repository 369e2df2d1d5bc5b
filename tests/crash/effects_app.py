"""An app whose steps have effects outside the store: lines in a file. Run as a program, it is a worker process.

python effects_app.py STORE_URL EFFECTS_FILE [RUNS_MAX]
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from stratum import App, Run

app = App("effects")

EFFECTS = "effects"
"""The name of the agent's argument that says where the effects go."""


def write_effect(path: str, key: str) -> str:
    """Have an effect: a line that says what was done and by whom, on disk before this returns."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, f"{key} {os.getpid()}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)
    return key


@app.agent()
async def acts(run: Run, effects: str, steps: int, think_ms: int) -> int:
    """Carry out some steps, each of which takes a while and then has its effect."""

    async def act(number: int) -> str:
        # Nobody tells; this only lets time pass, as a call to a service does.
        await asyncio.wait({asyncio.get_running_loop().create_future()}, timeout=(think_ms + number) / 1000)
        return await asyncio.to_thread(write_effect, effects, f"{run.run_id}/{number}")

    for number in range(steps):
        await run.step("act", act, number)
    return steps


async def work(url: str, options: dict[str, Any]) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with app.open(url) as stratum, stratum.worker(**options):
        Path(sys.argv[2]).with_suffix(f".{os.getpid()}.up").touch()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], {"runs_max": int(sys.argv[3])} if len(sys.argv) > 3 else {}))
