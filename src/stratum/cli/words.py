"""Plain words for the terminal: texts made safe, durations, moments, counts."""

from collections.abc import Sequence
from datetime import UTC, datetime

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_FEW_SECONDS = 10 * _SECOND


def plain(text: str) -> str:
    """Return ``text`` on one line, with every character that a terminal might act on written out.

    Names and errors come from runs, and so from anywhere: they could move the cursor, change a title, or turn the
    direction of a line around.
    """
    return " ".join(line.strip() for line in safe_lines(text)) if "\n" in text or "\r" in text else _safe(text)


def safe_lines(text: str) -> list[str]:
    """Return the lines of ``text``, made safe as by :func:`plain`."""
    return [_safe(line) for line in text.replace("\r\n", "\n").split("\n")]


def duration(milliseconds: int) -> str:
    """Return a duration as people say it: ``12 ms``, ``0.4 s``, ``3 min 5 s``, ``2 d 4 h``."""
    ms = max(0, milliseconds)
    if ms < _SECOND:
        return f"{ms} ms"
    if ms < _FEW_SECONDS:
        return f"{ms / _SECOND:.1f} s"
    if ms < _MINUTE:
        return f"{ms // _SECOND} s"
    for whole, name, part, part_name in ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min")):
        if ms >= whole:
            return _two(ms // whole, name, ms % whole // part, part_name)
    return _two(ms // _MINUTE, "min", ms % _MINUTE // _SECOND, "s")


def distance(moment_ms: int, now: int) -> str:
    """Return how far a moment is from now: ``3 min ago``, ``in 2 h``."""
    if moment_ms > now:
        return f"in {duration(moment_ms - now)}"
    return f"{duration(now - moment_ms)} ago" if now - moment_ms >= _SECOND else "just now"


def local_time(moment_ms: int) -> str:
    """Return a moment as date and time of this machine's zone."""
    return _datetime(moment_ms).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def short_time(moment_ms: int, now: int) -> str:
    """Return a moment as :func:`local_time`, without its date where that is today's."""
    date, _, time = local_time(moment_ms).partition(" ")
    return time if local_time(now).startswith(date) else f"{date} {time}"


def local_clock(moment_ms: int) -> str:
    """Return a moment as time of day in this machine's zone, to the millisecond."""
    return f"{_datetime(moment_ms).astimezone():%H:%M:%S}.{moment_ms % 1000:03}"


def iso(moment_ms: int | None) -> str | None:
    """Return a moment for programs: ISO 8601 in UTC, to the millisecond."""
    if moment_ms is None:
        return None
    return _datetime(moment_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: ``1 run``, ``1,200 runs``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return names in a row, the first few of many."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def _two(count: int, name: str, rest: int, rest_name: str) -> str:
    return f"{count:,} {name} {rest} {rest_name}" if rest else f"{count:,} {name}"


def _datetime(moment_ms: int) -> datetime:
    return datetime.fromtimestamp(moment_ms / 1000, UTC)


def _safe(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(letter if letter.isprintable() else _written_out(letter) for letter in line)


def _written_out(letter: str) -> str:
    if letter in "\t\N{NO-BREAK SPACE}":
        return " "
    return letter.encode("unicode_escape").decode("ascii")
