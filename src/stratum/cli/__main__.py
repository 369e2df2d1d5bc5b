"""``python -m stratum.cli``, for who has no ``stratum`` on the path; ``stratum up`` starts its processes so."""

import sys

from stratum.cli.main import main

sys.exit(main())
