"""Runs, stated in one value."""

from stratum.kernel.capability import Capability

RUNS = Capability(name="runs", package="stratum.runs")
