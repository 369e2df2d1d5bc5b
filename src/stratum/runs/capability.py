"""Runs, stated in one value."""

from stratum.kernel.capability import Capability
from stratum.runs.rows.health import CHECKS

RUNS = Capability(name="runs", package="stratum.runs", checks=CHECKS)
