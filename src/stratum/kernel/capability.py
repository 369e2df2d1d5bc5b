"""What a capability states about itself, in one value; server, CLI, doctor, migrator and docs walk a tuple of these."""

from dataclasses import dataclass

from stratum.kernel.health import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One folder of Stratum that keeps something."""

    name: str
    package: str
    """The package that holds its migrations and queries, such as ``stratum.runs``."""
    checks: tuple[Check, ...] = ()
    """What should hold at any moment; ``stratum doctor`` looks."""
