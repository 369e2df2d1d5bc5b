"""The suite of branches and replays, on the stores that we ship."""

from stratum.testing.suite_branches import BranchesSuite, ReplaySuite


class TestBranches(BranchesSuite):
    """Runs once for each database."""


class TestReplay(ReplaySuite):
    """Runs once for each database."""
