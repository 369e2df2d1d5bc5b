"""A store as one worker sees it, which dies at a commit of the test's choice, or stands still for a while.

Killing a process cannot be repeated exactly; this can. The doomed worker's writes are counted. Right before or right
after the chosen one commits, nothing reaches the store any more and no answer reaches the worker: what is in the
database then is what a SIGKILL at that moment leaves behind.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, TypeVarTuple

from stratum.store import Store, Tx, Wake

Args = TypeVarTuple("Args")
Item = TypeVar("Item")
R = TypeVar("R")
Done = Callable[[Any, BaseException | None], None]


@dataclass(frozen=True, slots=True)
class Kill:
    """When to die: ``before`` or ``after`` the commit of the ``commit``-th write, counted from 1."""

    when: Literal["before", "after"]
    commit: int


class DyingStore(Store):
    """Passes everything on to another store until it dies; can also hold everything back for a while."""

    def __init__(self, inner: Store, kill: Kill | None = None) -> None:
        super().__init__(inner.features)
        self._inner = inner
        self._kill = kill
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._held: set[asyncio.Task[None]] = set()
        self.writes = 0
        """How many writes were asked for."""
        self.dead = asyncio.Event()
        """Set at the moment of death."""
        self.on_death: Callable[[], None] = lambda: None
        """Called at the moment of death, before anything else happens."""

    def die(self) -> None:
        """Die now."""
        if not self.dead.is_set():
            self.dead.set()
            self.on_death()

    def spare(self) -> None:
        """Do not die any more."""
        self._kill = None

    def freeze(self) -> None:
        """Hold back whatever is asked from now on."""
        self._thawed.clear()

    def thaw(self) -> None:
        """Pass on what was held back, and go on."""
        self._thawed.set()

    async def read(self, function: Callable[[Tx, *Args], R], *args: *Args, tenants: Sequence[str] = ()) -> R:
        """As the inner store, while alive."""
        await self._alive()
        result = await self._inner.read(function, *args, tenants=tenants)
        await self._alive()
        return result

    async def write(
        self, function: Callable[[Tx, *Args], R], *args: *Args, tenants: Sequence[str] = (), flush: bool = True
    ) -> R:
        """As the inner store, while alive."""
        last = self._count()
        await self._alive()
        result = await self._inner.write(function, *args, tenants=tenants, flush=flush)
        if last:
            self.die()
        await self._alive()
        return result

    async def write_each(
        self,
        function: Callable[[Tx, list[Item]], Sequence[R | BaseException]],
        item: Item,
        *,
        tenants: Sequence[str] = (),
        flush: bool = True,
    ) -> R:
        """As the inner store, while alive."""
        last = self._count()
        await self._alive()
        result = await self._inner.write_each(function, item, tenants=tenants, flush=flush)
        if last:
            self.die()
        await self._alive()
        return result

    def submit_each(
        self,
        function: Callable[[Tx, list[Item]], Sequence[object]],
        item: Item,
        done: Done,
        *,
        tenants: Sequence[str] = (),
        flush: bool = True,
    ) -> None:
        """As the inner store, while alive."""
        last = self._count()

        def answered(value: object, error: BaseException | None) -> None:
            if last:
                self.die()
            if not self.dead.is_set():
                self._when_thawed(lambda: done(value, error))

        def submit() -> None:
            if not self.dead.is_set():
                self._inner.submit_each(function, item, answered, tenants=tenants, flush=flush)

        self._when_thawed(submit)

    def subscribe(self, *topics: str) -> Wake:
        """As the inner store."""
        return self._inner.subscribe(*topics)

    async def close(self) -> None:
        """Leave the inner store open: it belongs to others."""

    def _count(self) -> bool:
        """Count a write; die before it, or return whether to die after it."""
        self.writes += 1
        if self._kill is None or self.dead.is_set() or self.writes != self._kill.commit:
            return False
        if self._kill.when == "before":
            self.die()
            return False
        return True

    async def _alive(self) -> None:
        await self._thawed.wait()
        if self.dead.is_set():
            await asyncio.get_running_loop().create_future()

    def _when_thawed(self, action: Callable[[], None]) -> None:
        if self._thawed.is_set():
            action()
            return

        async def later() -> None:
            await self._thawed.wait()
            action()

        task = asyncio.get_running_loop().create_task(later())
        self._held.add(task)
        task.add_done_callback(self._held.discard)
