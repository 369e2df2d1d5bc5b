"""What the database says about itself."""

import psycopg

from stratum import App
from stratum.store.health import vitals, write_nothing
from stratum.store.query import Query
from stratum.store.tx import Tx


async def test_the_database_tells_its_name_and_version(store_url: str) -> None:
    async with App("empty").open(store_url) as stratum:
        facts = await stratum.store.read(vitals)
    assert facts.engine == store_url.partition(":")[0].replace("postgresql", "postgres")
    assert facts.version[0].isdigit()
    assert facts.open_tables == ()


async def test_an_ordinary_role_is_bound_and_owns_nothing(postgres_url: str) -> None:
    async with App("empty").open(postgres_url) as stratum:
        facts = await stratum.store.read(vitals)
    assert (facts.role, facts.unbound, facts.owns) == ("stratum_engine", False, 0)


async def test_a_table_whose_rows_are_open_is_named(postgres_url: str, postgres_dsn: str) -> None:
    schema = postgres_url.rpartition("=")[2]
    async with App("empty").open(postgres_url) as stratum:
        with psycopg.connect(postgres_dsn, autocommit=True) as owner:
            owner.execute(f'ALTER TABLE "{schema}".run NO FORCE ROW LEVEL SECURITY'.encode())
            owner.execute(f'ALTER TABLE "{schema}".blob DISABLE ROW LEVEL SECURITY'.encode())
        facts = await stratum.store.read(vitals)
    assert facts.open_tables == ("blob", "run")


async def test_nothing_is_written_to_learn_whether_one_can_write(store_url: str) -> None:
    count = "SELECT COUNT(*) FROM blob"
    counted = Query("count", "How many.", count, count, set_based=False, parameters=frozenset())

    def both(tx: Tx) -> object:
        write_nothing(tx)
        return tx.one(counted)

    async with App("empty").open(store_url) as stratum:
        assert await stratum.store.write(both) == (0,)
