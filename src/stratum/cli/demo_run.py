"""The run behind a demonstration: begun once, taken up again after any kill, and shown until it has been shown."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stratum import Handle, Pack, Stratum
from stratum.kernel.settings import STORE, environment

_SHOWN = "shown.txt"
_LOOKED_THROUGH = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where a demonstration keeps its things."""

    folder: Path
    url: str


class DemoRun:
    """One run of a pack's main job.

    Its result counts as shown only once it has been printed. Whoever is killed before, and starts the demonstration
    again, is shown the same run to its end, and not a new one that finds everything done.
    """

    def __init__(self, pack: Pack, place: Place, arguments: dict[str, Any]) -> None:
        self.pack = pack
        self.place = place
        self._arguments = arguments

    async def begin(self, stratum: Stratum) -> Handle[Any]:
        """Take up the run that was not shown to its end, or start a new one."""
        agent = self.pack.demo.agent
        wanted = await self._input_hash(stratum)
        shown = self._shown()
        for row in await stratum.list(agent=agent, limit=_LOOKED_THROUGH):
            if row.input_hash == wanted:
                return await stratum.start(agent, input=self._arguments) if row.id in shown else stratum.handle(row.id)
        return await stratum.start(agent, input=self._arguments)

    async def work_here(self, stratum: Stratum, handle: Handle[Any]) -> object:
        """Execute the run in this process, and return its result."""
        async with stratum.worker():
            return await handle.result()

    async def worker(self) -> Process:
        """Start a worker in a process of its own."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "stratum.cli", "up", self.pack.app_path,
            env=environment(**{STORE: self.place.url}), stdout=DEVNULL, stderr=DEVNULL,
        )  # fmt: skip

    def effects(self) -> list[str]:
        """Return the lines that the run's effects have left outside of the store."""
        path = self.place.folder / self.pack.demo.log
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def shown(self, handle: Handle[Any]) -> None:
        """Note that the result of a run was printed; the last thing that a demonstration does."""
        with (self.place.folder / _SHOWN).open("a", encoding="utf-8") as file:
            file.write(f"{handle.id}\n")

    def _shown(self) -> set[str]:
        path = self.place.folder / _SHOWN
        return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()

    async def _input_hash(self, stratum: Stratum) -> str:
        return stratum.input_hash(self.pack.demo.agent, self._arguments)
