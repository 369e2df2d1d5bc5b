import os
import signal
import subprocess
import sys

import pytest

from stratum.store import StoreBusy
from stratum.testing import Faults, Point, Site
from stratum.testing.store_suite.rows import TENANT, Item, ids, put


@pytest.mark.parametrize(("point", "kept"), [("begin", False), ("commit", False), ("committed", True)])
async def test_a_fault_comes_at_its_point_and_time(store_url: str, point: Point, *, kept: bool) -> None:
    faults = Faults()
    async with Site(store_url) as site:
        store = await site.open(around=faults.around)
        faults.fail(point, StoreBusy("On purpose."), nth=2)
        assert await store.write(put, Item(1), tenants=[TENANT]) == 1
        with pytest.raises(StoreBusy, match="On purpose"):
            await store.write(put, Item(2), tenants=[TENANT])
        assert await store.write(put, Item(3), tenants=[TENANT]) == 3
        assert await store.read(ids, tenants=[TENANT]) == ([1, 2, 3] if kept else [1, 3])


async def test_points_that_are_passed_are_counted(store_url: str) -> None:
    faults = Faults()
    async with Site(store_url) as site:
        store = await site.open(around=faults.around)
        for number in range(3):
            await store.write(put, Item(number), tenants=[TENANT])
        faults.fail("commit", StoreBusy("On purpose."))
        with pytest.raises(StoreBusy):
            await store.write(put, Item(3), tenants=[TENANT])
    assert [faults.passed(point) for point in ("begin", "commit", "committed")] == [4, 3, 3]


async def test_several_faults_wait_for_their_turns(store_url: str) -> None:
    faults = Faults()
    order: list[str] = []
    async with Site(store_url) as site:
        store = await site.open(around=faults.around)
        faults.at("committed", lambda: order.append("second"), nth=2)
        faults.at("committed", lambda: order.append("first"))
        faults.at("begin", lambda: order.append("begin"), nth=2)
        for number in range(3):
            await store.write(put, Item(number), tenants=[TENANT])
    assert order == ["first", "begin", "second"]


def test_a_process_that_is_to_die_dies_at_once() -> None:
    program = "from stratum.testing import kill_this_process; kill_this_process(); print('alive')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    assert done.stdout == b""
