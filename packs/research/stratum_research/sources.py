"""Polls that lie in a directory as files, such as feeds saved by a scheduled download."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from .errors import SourceError
from .feeds import read_feed
from .polls import Poll
from .texts import even
from .xml_reader import MAX_FEED_BYTES

POLL_PATTERN = "poll_*"
"""Which files of a directory are polls, unless told otherwise."""
FEED_ENDINGS = (".xml", ".atom", ".json")
"""Endings that a feed file may have; their kind is told by content."""

_FILES_MAX = 10_000
_NAMES_SHOWN_MAX = 5


class PollFiles(NamedTuple):
    """The poll files of a directory, in the order in which to read them, and what matched but is no feed file."""

    names: tuple[str, ...]
    ignored: tuple[str, ...]


def find_polls(directory: Path, *, pattern: str = POLL_PATTERN) -> PollFiles:
    """Return the names of the poll files in a directory, in natural order (``poll_2`` before ``poll_10``).

    The rule: a poll is a regular file, directly in the directory, whose name matches ``pattern`` (shell style, with
    regard to case) and ends in one of ``FEED_ENDINGS``. Hidden files never count. Everything else in a directory, such
    as ``id_*`` look-ups or ``crossref_works.json``, is read by giving a pattern that names it; ``*`` names all.

    Raises:
        SourceError: there is no such directory, it cannot be read, or no file in it is a poll.

    """
    try:
        files = sorted((entry.name for entry in directory.iterdir() if entry.is_file()), key=_natural)
    except OSError as error:
        message = f"The directory {directory} cannot be read: {error.strerror or error}. Check --data."
        raise SourceError(message) from error
    matching = [name for name in files if not name.startswith(".") and fnmatchcase(name, pattern)]
    # A name that is not Unicode could be neither stored nor shown: it is ignored, with U+FFFD for what is odd in it.
    names = tuple(name for name in matching if name.lower().endswith(FEED_ENDINGS) and even(name) == name)
    if not names or len(names) > _FILES_MAX:
        raise _no_polls(directory, pattern, files) if not names else _too_many(directory, len(names))
    return PollFiles(names, tuple(even(name) for name in matching if name not in set(names)))


def read_poll(directory: Path, name: str) -> Poll:
    """Return the poll that one file of a directory holds. ``name`` is a plain file name, as `find_polls` gives it.

    Raises:
        SourceError: the name leads out of the directory, or the file cannot be read.
        FeedError: the file is not a feed, or it is broken.

    """
    if name in {"", ".", ".."} or Path(name).name != name or even(name) != name:
        message = f"{name!r} is not the plain name of a file in {directory}. Give a name that find_polls returned."
        raise SourceError(message)
    try:
        with (directory / name).open("rb") as file:
            # One byte more than the limit tells the reader that the file is too large, without reading it all.
            data = file.read(MAX_FEED_BYTES + 1)
    except OSError as error:
        message = f"{directory / name} cannot be read: {error.strerror or error}. Put the file back, or leave it out."
        raise SourceError(message) from error
    return read_feed(data, name)


def _natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    # Runs of digits compare as numbers and come before letters; the name itself settles ties such as 1 and 01.
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(0, int(part), "") if part[0].isdigit() else (1, 0, part.casefold()) for part in parts], name


def _no_polls(directory: Path, pattern: str, files: list[str]) -> SourceError:
    shown = ", ".join(even(name) for name in files[:_NAMES_SHOWN_MAX]) + (
        ", …" if len(files) > _NAMES_SHOWN_MAX else ""
    )
    present = f"It holds {shown}" if files else "It is empty"
    return SourceError(
        f"No file in {directory} is a poll: none matches {pattern!r} and ends in {', '.join(FEED_ENDINGS)}. "
        f"{present}. Give another directory, or a pattern that names its files."
    )


def _too_many(directory: Path, count: int) -> SourceError:
    return SourceError(
        f"{directory} holds {count} polls; at most {_FILES_MAX} are read at once. Give a narrower pattern, or move old "
        "polls elsewhere."
    )
