"""Each test of rows has a store of its own, open, with a worker's desk in it."""

from collections.abc import AsyncGenerator

import pytest

from tests.runs.rows.desk import Desk, app


@pytest.fixture
async def desk(store_url: str) -> AsyncGenerator[Desk]:
    async with app.open(store_url) as stratum:
        found = Desk(stratum)
        await found.join()
        yield found
