"""All capabilities, in the order in which their migrations run. A new capability is one folder and one line here."""

from stratum.memory import MEMORY
from stratum.runs import RUNS

CAPABILITIES = (RUNS, MEMORY)
