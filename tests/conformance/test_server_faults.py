"""What can go wrong with a server, for real: it is told, nothing acknowledged is lost, and stores find back alone."""

import asyncio
from collections.abc import Callable
from functools import partial
from threading import Event

import psycopg
import pytest

from stratum.kernel.errors import Unavailable
from stratum.store import CommitUnknown, Store, StoreBusy, StoreReadOnly, StoreUnreachable, Tx
from stratum.testing import Faults, Site, eventually
from stratum.testing.store_suite.rows import TENANT, Item, Q, ids, put, put_and_wake, put_each
from tests.postgres_server import PostgresServer
from tests.store.raw import postgres

_LONG = 30.0


class _Load:
    """Writers that never stop, and what became of each of their writes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.kept: set[int] = set()
        self.unknown: set[int] = set()
        self.refused: set[int] = set()
        self.strange: list[Exception] = []
        self._next = 0
        self._stop = False
        self._tasks = [asyncio.create_task(self._write()) for _ in range(20)]

    async def _write(self) -> None:
        while not self._stop:
            self._next += 1
            number = self._next
            try:
                self.kept.add(await self.store.write_each(put_each, Item(number), tenants=[TENANT]))
            except CommitUnknown:
                self.unknown.add(number)
            except Unavailable:
                self.refused.add(number)
                # The next try comes when something has changed, or the event loop has been round.
                await asyncio.to_thread(Event().wait, 0.02)
            except Exception as error:  # noqa: BLE001 - what should not happen is looked at by the test
                self.strange.append(error)

    async def go_on(self, count: int) -> None:
        """Wait until so many more writes were kept."""
        aim = len(self.kept) + count
        await eventually(lambda: len(self.kept) >= aim or self.strange, within=_LONG, what="more writes")

    async def end(self) -> None:
        self._stop = True
        await asyncio.gather(*self._tasks)


def _kill_and_start(server: PostgresServer) -> None:
    server.kill()
    server.start()


_WAYS: dict[str, Callable[[PostgresServer], None]] = {
    "stop": partial(PostgresServer.restart, mode="fast"),
    "stop at once": partial(PostgresServer.restart, mode="immediate"),
    "kill": _kill_and_start,
}


@pytest.mark.crash
@pytest.mark.timeout(180)
@pytest.mark.parametrize("way", _WAYS)
async def test_a_server_that_goes_and_comes_back_under_load_loses_nothing(
    private_postgres: PostgresServer, way: str
) -> None:
    async with Site(private_postgres.dsn) as site:
        store = await site.open()
        load = _Load(store)
        await load.go_on(200)
        with store.subscribe("after") as wake:
            for _ in range(2):
                await asyncio.to_thread(_WAYS[way], private_postgres)
                await load.go_on(200)
            await load.end()
            assert load.strange == []
            found = set(await store.read(ids, tenants=[TENANT]))
            # Wake-ups find back as well.
            other = await site.open()

            async def hinted() -> bool:
                await other.write(put_and_wake, Item(-len(found) - hints.pop()), "after", tenants=[TENANT])
                return await wake.wait(0.5)

            hints = list(range(100))
            assert await eventually(hinted, within=_LONG)
    assert load.kept <= found
    assert found <= load.kept | load.unknown
    assert not found & load.refused


@pytest.mark.slow
async def test_a_server_that_is_away_is_told_and_found_again(private_postgres: PostgresServer) -> None:
    async with Site(private_postgres.dsn) as site:
        store = await site.open()
        await store.write(put, Item(1), tenants=[TENANT])
        await store.read(ids, tenants=[TENANT])
        await asyncio.to_thread(private_postgres.stop)
        for _ in range(2):
            with pytest.raises(StoreUnreachable, match="cannot be reached"):
                await store.write(put, Item(2), tenants=[TENANT])
            with pytest.raises(StoreUnreachable, match="cannot be reached"):
                await store.read(ids, tenants=[TENANT])
        await asyncio.to_thread(private_postgres.start)
        assert await store.write(put, Item(3), tenants=[TENANT]) == 3
        assert await store.read(ids, tenants=[TENANT]) == [1, 3]


@pytest.mark.slow
async def test_a_server_that_was_restarted_while_nobody_asked_costs_nobody_an_error(
    private_postgres: PostgresServer,
) -> None:
    async with Site(private_postgres.dsn) as site:
        store = await site.open()
        await store.write(put, Item(1), tenants=[TENANT])
        await store.read(ids, tenants=[TENANT])
        await asyncio.to_thread(private_postgres.restart)
        assert await store.write(put, Item(2), tenants=[TENANT]) == 2
        assert await store.read(ids, tenants=[TENANT]) == [1, 2]


@pytest.mark.slow
async def test_a_server_that_takes_no_writes_says_so_and_is_asked_again(private_postgres: PostgresServer) -> None:
    with psycopg.connect(private_postgres.admin_dsn, autocommit=True) as admin:
        async with Site(private_postgres.dsn) as site:
            store = await site.open()
            await store.write(put, Item(1), tenants=[TENANT])
            # New connections only read from here on, as those to a standby do.
            admin.execute("ALTER DATABASE stratum SET default_transaction_read_only = on")
            admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'stratum'")
            with pytest.raises(StoreReadOnly, match="takes no writes"):
                await store.write(put, Item(2), tenants=[TENANT])
            assert await store.read(ids, tenants=[TENANT]) == [1]
            admin.execute("ALTER DATABASE stratum RESET default_transaction_read_only")
            assert await store.write(put, Item(3), tenants=[TENANT]) == 3


@pytest.mark.slow
async def test_too_many_connections_are_told_and_waited_for(private_postgres: PostgresServer) -> None:
    with psycopg.connect(private_postgres.admin_dsn, autocommit=True) as admin:
        async with Site(private_postgres.dsn) as site:
            store = await site.open()
            # With the one that writes there are those that listen and tell, and none yet that reads.
            await store.write(put_and_wake, Item(1), "ready", tenants=[TENANT])
            count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'stratum'"
            await eventually(lambda: admin.execute(count).fetchone() == (3,), within=_LONG)
            admin.execute("ALTER ROLE stratum CONNECTION LIMIT 3")
            with pytest.raises(StoreUnreachable, match="too many connections"):
                await store.read(ids, tenants=[TENANT])
            assert await store.write(put, Item(2), tenants=[TENANT]) == 2
            admin.execute("ALTER ROLE stratum CONNECTION LIMIT -1")
            assert await store.read(ids, tenants=[TENANT]) == [1, 2]


async def test_a_connection_that_is_ended_in_a_transaction_costs_nobody_an_error(postgres_url: str) -> None:
    url = f"{postgres_url}&application_name={postgres_url.rpartition('=')[2]}"
    inside, go_on = Event(), Event()

    def slow(tx: Tx) -> int:
        put(tx, Item(1))
        inside.set()
        assert go_on.wait(_LONG)
        return put(tx, Item(2))

    async with Site(url) as site:
        store = await site.open()
        writing = asyncio.create_task(store.write(slow, tenants=[TENANT]))
        await eventually(inside.is_set)
        _end_writers(url)
        go_on.set()
        assert await writing == 2
        assert await store.read(ids, tenants=[TENANT]) == [1, 2]


async def test_a_connection_that_breaks_in_the_commit_leaves_the_answer_open(postgres_url: str) -> None:
    url = f"{postgres_url}&application_name={postgres_url.rpartition('=')[2]}"
    faults = Faults()
    async with Site(url) as site:
        store = await site.open(around=faults.around)
        await store.write(put, Item(1), tenants=[TENANT])
        faults.at("commit", partial(_end_writers, url))
        with pytest.raises(CommitUnknown, match="kept as a whole or not at all"):
            await store.write(put, Item(2), tenants=[TENANT])
        assert await store.write(put, Item(3), tenants=[TENANT]) == 3
        assert await store.read(ids, tenants=[TENANT]) == [1, 3]


def _end_writers(url: str) -> None:
    with postgres(url) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = %s AND state LIKE 'idle in transaction%%'",
            (url.rpartition("=")[2],),
        )


def _swap(tx: Tx, first: int, second: int, meet: Callable[[], None]) -> str:
    tx.run(Q.change_item, tenant=TENANT, id=first, body="mine")
    meet()
    tx.run(Q.change_item, tenant=TENANT, id=second, body="mine")
    return "done"


async def test_transactions_that_wait_for_each_other_both_come_through(postgres_url: str) -> None:
    async with Site(postgres_url) as site:
        stores = [await site.open() for _ in range(2)]
        for number in (1, 2):
            await stores[0].write(put, Item(number), tenants=[TENANT])
        here = [Event(), Event()]

        def meet(mine: int) -> None:
            here[mine].set()
            assert here[1 - mine].wait(_LONG)

        # Each holds the row that the other one wants: the server undoes one of them, whose batch then runs again.
        answers = await asyncio.gather(
            stores[0].write(_swap, 1, 2, partial(meet, 0), tenants=[TENANT]),
            stores[1].write(_swap, 2, 1, partial(meet, 1), tenants=[TENANT]),
        )
        assert list(answers) == ["done", "done"]


async def test_a_row_that_a_foreign_program_holds_is_told_of_within_the_bound(postgres_url: str) -> None:
    async with Site(postgres_url) as site:
        store = await site.open(busy_seconds=0.2)
        await store.write(put, Item(1), tenants=[TENANT])
        with postgres(postgres_url) as other:
            other.execute("BEGIN; LOCK TABLE suite_item IN EXCLUSIVE MODE")
            with pytest.raises(StoreBusy, match="Look for a forgotten open transaction"):
                await store.write(put, Item(2), tenants=[TENANT])
            assert await store.read(ids, tenants=[TENANT]) == [1]
            other.execute("COMMIT")
        assert await store.write(put, Item(3), tenants=[TENANT]) == 3


async def test_a_store_that_is_closed_leaves_no_connection(postgres_url: str) -> None:
    name = postgres_url.rpartition("=")[2]
    async with Site(f"{postgres_url}&application_name={name}") as site:
        store = await site.open()
        await asyncio.gather(
            store.write(put_and_wake, Item(1), "a", tenants=[TENANT]), *(store.read(ids) for _ in "ab")
        )
        with postgres(postgres_url) as other:
            count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
            assert (other.execute(count, (name,)).fetchone() or (0,))[0] <= 5
    with postgres(postgres_url) as other:
        await eventually(lambda: other.execute(count, (name,)).fetchone() == (0,))
