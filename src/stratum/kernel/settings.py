"""Settings that come from outside, as environment variables. Nothing outside this module reads one."""

import os

STORE = "STRATUM_STORE"
"""Names the store of the command line, as a URL."""


def setting(name: str, default: str) -> str:
    """Return an environment variable, or ``default`` where it is not set or empty."""
    return os.environ.get(name) or default


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment with ``more`` in it, for a process that is to be started."""
    return {**os.environ, **more}
