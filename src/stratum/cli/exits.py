"""Exit codes, the same for every command, and which error gives which."""

from stratum.kernel.errors import InvalidInput, StratumError, Unavailable
from stratum.store import StoreNewer, StoreUnsuitable

DONE = 0
FAILED = 1
USAGE = 2
UNAVAILABLE = 3
INTERRUPTED = 130

MEANING = (
    "Exit codes: 0 done; 1 it failed, or there is no such run; 2 wrong usage or input; 3 the store cannot be used."
)


def exit_code(error: StratumError) -> int:
    """Return the exit code of a command that ended with ``error``."""
    if isinstance(error, InvalidInput):
        return USAGE
    if isinstance(error, Unavailable | StoreNewer | StoreUnsuitable):
        return UNAVAILABLE
    return FAILED
