"""What Stratum is tested with, for those who build on it: a clock to move, faults to cause, suites to pass.

    FakeClock          time that stands still until it is moved
    eventually         wait for a condition, with a bound
    Faults             stop, break or kill at a chosen commit
    plan_of            how a database carries out a query, and what it reads whole
    schema_of          the tables of a store, to compare two
    working            open an app with a worker; settled and recorded wait for what a run does
    DoomedWorker       a worker that is killed at a chosen commit of its store, or stands still for a while
    ScriptedChance     randomness that a test writes down
    STORE_CHECKS       what every store does; ROW_SECURITY_CHECKS, what one does that keeps tenants apart itself

A suite is a tuple of checks: asynchronous functions that are given a :class:`Site`, a database of their own, and fail
with an AssertionError. Run them with whatever runs your tests:

    @pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
    async def test_my_store_keeps_its_promises(check: Check, tmp_path: Path) -> None:
        async with Site(f"sqlite:///{tmp_path / 'store.db'}") as site:
            await check(site)

What runs promise is in classes for pytest, in the modules whose names begin with ``suite``; give them a fixture
``store_url``, and they run on your store:

    from stratum.testing.suite_steps import StepsSuite

    class TestSteps(StepsSuite): ...

Nothing in Stratum imports this package.
"""

from stratum.testing.chance import ScriptedChance
from stratum.testing.clock import FakeClock
from stratum.testing.dying import DyingStore, Kill
from stratum.testing.faults import Faults, Point, kill_this_process
from stratum.testing.killing import DoomedWorker, by_scope, closed_keys
from stratum.testing.plans import Plan, plan_of
from stratum.testing.schema import schema_of
from stratum.testing.site import Check, Site
from stratum.testing.store_suite import ROW_SECURITY_CHECKS, STORE_CHECKS
from stratum.testing.waiting import eventually
from stratum.testing.working import recorded, settled, working

__all__ = [
    "ROW_SECURITY_CHECKS",
    "STORE_CHECKS",
    "Check",
    "DoomedWorker",
    "DyingStore",
    "FakeClock",
    "Faults",
    "Kill",
    "Plan",
    "Point",
    "ScriptedChance",
    "Site",
    "by_scope",
    "closed_keys",
    "eventually",
    "kill_this_process",
    "plan_of",
    "recorded",
    "schema_of",
    "settled",
    "working",
]
