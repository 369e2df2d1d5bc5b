"""The transactions that the checks run."""

from collections.abc import Sequence
from typing import NamedTuple

from stratum.store import Tx, load_queries

Q = load_queries("stratum.testing")
TENANT = "acme"
OTHER = "globex"


class Item(NamedTuple):
    """A row of a tenant."""

    id: int
    body: str | None = ""
    tenant: str = TENANT


def put(tx: Tx, item: Item) -> int:
    """Keep one row and return its id; an error where the id is taken."""
    tx.run(Q.put_item, tenant=item.tenant, id=item.id, body=item.body)
    return item.id


def put_each(tx: Tx, items: Sequence[Item]) -> list[int | BaseException]:
    """Keep rows; the id of each, or an error in the place of one whose id is taken."""
    kept = tx.each(Q.put_each, [item._asdict() for item in items])
    return [item.id if (item.tenant, item.id) in kept else LookupError(f"The id {item.id} is taken.") for item in items]


def all_items(tx: Tx) -> list[Item]:
    """Return the rows that can be seen, in order."""
    return [Item(id=row[1], body=row[2], tenant=row[0]) for row in tx.all(Q.items)]


def ids(tx: Tx) -> list[int]:
    """Return the ids of the rows that can be seen, in order."""
    return [item.id for item in all_items(tx)]


def put_and_wake(tx: Tx, item: Item, topic: str) -> None:
    """Keep one row and wake who waits for it."""
    put(tx, item)
    tx.wake(topic)


def put_next(tx: Tx, body: str) -> int:
    """Keep one row behind the last one, so that the rows are in the order of their commits."""
    last = tx.one(Q.last_id, tenant=TENANT)
    return put(tx, Item((last[0] if last else 0) + 1, body))
