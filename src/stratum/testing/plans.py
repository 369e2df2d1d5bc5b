"""How a database carries out a query, to keep hot queries on their indexes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from stratum.store import Params, Query, Row, Store, Tx

_TOLD = ("Relation Name", "Index Name", "Index Cond", "Filter", "Sort Key", "Subplan Name")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a database says it will do for a query."""

    text: str
    """In the database's own words."""
    read_whole: tuple[str, ...]
    """The tables, or indexes, of which it reads every row."""
    sorts: bool
    """Whether it must sort, because no index has the rows in order."""


async def plan_of(store: Store, query: Query, params: Params, *, tenants: tuple[str, ...] = ()) -> Plan:
    """Return how the store's database carries out ``query``; nothing is changed.

    Where PostgreSQL has one text for a single row and another for many, the plan is of both.
    """
    texts = [replace(query, postgres_alone="")]
    if query.set_based and query.postgres_alone:
        texts.append(replace(query, postgres=query.postgres_alone, postgres_alone="", set_based=False))
    explained = [
        replace(text, sqlite=f"EXPLAIN QUERY PLAN {text.sqlite}", postgres=f"EXPLAIN (FORMAT JSON) {text.postgres}")
        for text in texts
    ]

    def explain(tx: Tx) -> list[Plan]:
        of = _of_postgres if tx.features.row_security else _of_sqlite
        return [of(tx.each(text, [params])) for text in explained]

    plans = await store.read(explain, tenants=tenants)
    return Plan(
        text="\n\n".join(dict.fromkeys(plan.text for plan in plans)),
        read_whole=tuple(dict.fromkeys(table for plan in plans for table in plan.read_whole)),
        sorts=any(plan.sorts for plan in plans),
    )


def _of_sqlite(rows: list[Row]) -> Plan:
    steps = [str(row[3]) for row in rows]
    scans = (step.split()[1] for step in steps if step.startswith("SCAN ") and not step.startswith("SCAN CONSTANT"))
    return Plan(
        text="\n".join(steps), read_whole=tuple(scans), sorts=any("TEMP B-TREE FOR ORDER BY" in step for step in steps)
    )


def _of_postgres(rows: list[Row]) -> Plan:
    found = rows[0][0]
    document: list[dict[str, Any]] = json.loads(found) if isinstance(found, str) else found
    nodes = list(_nodes(document[0]["Plan"], 0))
    return Plan(
        text="\n".join(_told(node, depth) for node, depth in nodes),
        read_whole=tuple(str(node["Relation Name"]) for node, _ in nodes if _reads_whole(node)),
        sorts=any("Sort" in str(node["Node Type"]) for node, _ in nodes),
    )


def _nodes(node: dict[str, Any], depth: int) -> Iterator[tuple[dict[str, Any], int]]:
    yield node, depth
    for part in node.get("Plans", ()):
        yield from _nodes(part, depth + 1)


def _told(node: dict[str, Any], depth: int) -> str:
    words = [f"{name}: {node[name]}" for name in _TOLD if name in node]
    return "  " * depth + ", ".join([str(node["Node Type"]), *words])


def _reads_whole(node: dict[str, Any]) -> bool:
    kind = str(node["Node Type"])
    # A bitmap heap scan reads what the index scan below it has found.
    return kind == "Seq Scan" or (kind in {"Index Scan", "Index Only Scan"} and "Index Cond" not in node)
