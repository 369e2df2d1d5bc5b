"""A database for one check, which is opened as often as the check likes."""

from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from stratum.kernel.chance import SystemChance
from stratum.kernel.clock import Clock, SystemClock
from stratum.kernel.ids import Ids
from stratum.store import Migration, Session, Store, load_migrations, open_store

# Who tells others of changes has a name that nobody else has, in this process or another.
_IDS = Ids(SystemClock(), SystemChance())


def _unchanged(session: Session) -> Session:
    return session


class Site:
    """A database by its URL, empty at first. Stores that were opened on it are closed with it."""

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        self.url = url
        self._clock = clock or SystemClock()
        self._stores: list[Store] = []

    async def open(
        self,
        *,
        migrations: Sequence[Migration] | None = None,
        around: Callable[[Session], Session] | None = None,
        busy_seconds: float = 10.0,
    ) -> Store:
        """Open the store once more, as another process would; by default with the tables of the suite."""
        known = load_migrations("stratum.testing") if migrations is None else migrations
        opened = await open_store(
            self.url,
            known,
            clock=self._clock,
            sender=_IDS.new("process"),
            busy_seconds=busy_seconds,
            around=around or _unchanged,
        )
        self._stores.append(opened.store)
        return opened.store

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for store in self._stores:
            await store.close()


Check = Callable[[Site], Awaitable[None]]
"""One thing that a store must do; an AssertionError says that it does not."""
