"""Pieces that runs stream."""

import pytest

from stratum.runs import Fenced
from stratum.runs.rows.stream import Emission, emit_each, read_pieces
from tests.runs.rows.desk import Desk


async def test_pieces_come_in_order_and_only_from_who_holds_the_run(desk: Desk) -> None:
    await desk.start("one")
    fence = (await desk.take())["one"].run.fence
    store = desk.stratum.store
    for bodies in (("1", "2"), ("3",)):
        pieces = tuple(("say", "try-1", body) for body in bodies)
        assert await store.write_each(emit_each, Emission(fence, pieces), tenants=("default",)) == len(bodies)
    with pytest.raises(Fenced):
        await store.write_each(emit_each, Emission(fence._replace(epoch=9), (("say", "x", "4"),)), tenants=("default",))
    found = await store.read(read_pieces, "default", "one", 1, tenants=("default",))
    assert [(piece.seq, piece.body) for piece in found] == [(2, "2"), (3, "3")]
