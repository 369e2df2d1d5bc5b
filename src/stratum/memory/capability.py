"""Memory, stated in one value."""

from stratum.kernel.capability import Capability

MEMORY = Capability(name="memory", package="stratum.memory")
