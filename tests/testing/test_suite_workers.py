"""The suite of starts and workers, on the stores that we ship."""

from stratum.testing.suite_workers import StartsSuite, WorkersSuite


class TestStarts(StartsSuite):
    """Runs once for each database."""


class TestWorkers(WorkersSuite):
    """Runs once for each database."""
