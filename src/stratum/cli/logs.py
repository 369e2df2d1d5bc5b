"""Logs of ``stratum up``: one plain line each on standard error."""

import logging
import sys
from typing import Any

from stratum.cli.words import safe_lines


class PlainFormatter(logging.Formatter):
    """``12:00:01 worker 2: text``, with the level where it is not the ordinary one."""

    def __init__(self, who: str) -> None:
        super().__init__("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S")
        self._who = who

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Return one record's line; texts of runs cannot act on the terminal or fake a line."""
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        first, *rest = safe_lines(record.message)
        return "\n    ".join([f"{record.asctime} {self._who}{level}{first}", *rest])

    def formatException(self, ei: Any) -> str:  # noqa: N802, ANN401 - logging's own name and form
        """Return a traceback below its record's line, made safe as the line is."""
        return "\n".join(f"    {line}" for line in safe_lines(super().formatException(ei)))


def log_to_stderr(who: str = "") -> None:
    """Send the logs of Stratum and of the app to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter(f"{who}: " if who else ""))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
