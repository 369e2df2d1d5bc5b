"""What every store does, as checks to run against one."""

from stratum.testing.site import Check
from stratum.testing.store_suite.faults import FAULT_CHECKS
from stratum.testing.store_suite.lifetime import LIFETIME_CHECKS
from stratum.testing.store_suite.offences import OFFENCE_CHECKS
from stratum.testing.store_suite.tenants import TENANT_CHECKS
from stratum.testing.store_suite.transactions import TRANSACTION_CHECKS
from stratum.testing.store_suite.wakeups import WAKE_CHECKS

STORE_CHECKS: tuple[Check, ...] = (
    *TRANSACTION_CHECKS,
    *OFFENCE_CHECKS,
    *FAULT_CHECKS,
    *WAKE_CHECKS,
    *LIFETIME_CHECKS,
)
"""What every store does, whatever its features."""

ROW_SECURITY_CHECKS: tuple[Check, ...] = TENANT_CHECKS
"""What a store with the feature ``row_security`` does: its database keeps tenants apart."""
