"""``python -m stratum.cli``, for who has no ``stratum`` on the path; ``stratum up`` starts its processes so."""

from stratum.cli.main import program

program()
