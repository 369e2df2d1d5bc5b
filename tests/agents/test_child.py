"""A child run as its parent sees it; what happens to children is tested with the runs."""

import pytest

from stratum import App, Run, RunFailed
from stratum.testing.working import working


async def test_a_child_has_an_id_of_its_own_and_its_result_has_its_type(store_url: str) -> None:
    app = App("child")

    @app.agent()
    async def pair(run: Run, number: int) -> tuple[int, int]:
        return number, number + 1

    @app.agent()
    async def parent(run: Run) -> str:
        first, second = await run.start(pair, number=1), await run.start(pair, number=2)
        one, two = await first.result(), await second.result()
        return f"{type(one).__name__} {one} {two} {len({first.id, second.id, run.run_id})}"

    async with working(app, store_url) as stratum:
        assert await (await stratum.start(parent)).result() == "tuple (1, 2) (2, 3) 3"


async def test_asking_for_the_end_of_a_detached_child_is_refused_with_what_to_do(store_url: str) -> None:
    app = App("detached")

    @app.agent()
    async def child(run: Run) -> None: ...

    @app.agent()
    async def parent(run: Run) -> None:
        detached = await run.start(child, id="far", detach=True)
        await detached.result()

    async with working(app, store_url) as stratum:
        with pytest.raises(RunFailed, match=r"The child far was detached.*Start it without detach"):
            await (await stratum.start(parent)).result()
