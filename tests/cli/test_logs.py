"""Logs of a worker: one plain line each."""

import logging
import sys

import pytest

from stratum.cli.logs import PlainFormatter, log_to_stderr


def line(level: int, text: str, *args: object, who: str = "") -> str:
    record = logging.LogRecord("stratum.worker", level, __file__, 1, text, args, None)
    return PlainFormatter(who).format(record)


def test_a_line_is_time_and_text_and_a_level_that_is_not_the_usual_one() -> None:
    assert line(logging.INFO, "%d runs", 3)[20:] == "3 runs"
    assert line(logging.WARNING, "away", who="worker 2: ")[20:] == "worker 2: warning: away"
    assert line(logging.INFO, "x")[:19].count(":") == 2


def test_no_text_fakes_a_line_or_acts_on_the_terminal() -> None:
    assert line(logging.INFO, "a\n2026-01-01 00:00:00 b\x1b[2J")[20:] == "a\n    2026-01-01 00:00:00 b\\x1b[2J"


def test_a_traceback_stands_below_its_line_and_is_as_safe() -> None:
    try:
        raise ConnectionError("\x1b[2J")  # noqa: TRY301, EM101 - it is the traceback that is wanted
    except ConnectionError:
        record = logging.LogRecord("stratum", logging.ERROR, __file__, 1, "It failed.", (), sys.exc_info())
    first, *rest = PlainFormatter("").format(record).splitlines()
    assert first.endswith("error: It failed.")
    assert rest[0] == "    Traceback (most recent call last):"
    assert rest[-1] == "    ConnectionError: \\x1b[2J"


def test_logs_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        log_to_stderr("worker 1")
        logging.getLogger("stratum.any").info("hello")
        logging.getLogger("stratum.any").debug("not this")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    out, err = capsys.readouterr()
    assert (out, err[20:]) == ("", "worker 1: hello\n")
