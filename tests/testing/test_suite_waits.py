"""The suite of waits, on the stores that we ship."""

from stratum.testing.suite_waits import WaitsSuite


class TestWaits(WaitsSuite):
    """Runs once for each database."""
