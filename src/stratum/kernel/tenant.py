"""Names of tenants."""

import re
from functools import lru_cache

from stratum.kernel.errors import InvalidInput

DEFAULT_TENANT = "default"
_TENANT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")


@lru_cache(maxsize=4_096)
def check_tenant(name: str) -> str:
    """Return ``name`` if it can be a tenant's.

    Raises:
        InvalidInput: it is not 1 to 63 of a-z, 0-9, _, . and -, beginning with a letter or digit.
    """
    if _TENANT.fullmatch(name) is None:
        message = (
            f"{name!r} cannot be a tenant: give 1 to 63 of a-z, 0-9, _, . and -, beginning with a letter or digit."
        )
        raise InvalidInput(message)
    return name
