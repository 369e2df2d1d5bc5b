"""The command line: ``stratum up``, ``start``, ``runs``, ``show`` and the rest.

A command is one module and one entry in :mod:`stratum.cli.commands`, which names its function as text: a command's
module is imported when it is called, so that ``stratum --help`` is quick. What a command prints for people goes
through :mod:`stratum.cli.output`, which lets no control character out of a run's texts reach the terminal.
"""

from stratum.cli.main import main, program

__all__ = ["main", "program"]
