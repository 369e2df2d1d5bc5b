"""The tables, indexes and policies of a store, as texts to compare: a fresh one with one that was migrated."""

from stratum.store import Store, Tx, load_queries

_Q = load_queries("stratum.testing")


async def schema_of(store: Store) -> list[str]:
    """Return a line for each column, index, constraint, policy and right that the store's database has."""

    def read(tx: Tx) -> list[str]:
        return [" | ".join(map(str, row)) for row in tx.all(_Q.schema)]

    return await store.read(read)
