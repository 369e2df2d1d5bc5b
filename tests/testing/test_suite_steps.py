"""The suite of steps, on the stores that we ship."""

from stratum.testing.suite_steps import StepsSuite


class TestSteps(StepsSuite):
    """Runs once for each database."""
