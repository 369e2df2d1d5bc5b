"""Writes briefs to disk so that a reader sees a whole file or none, however often and wherever a writer is killed."""

import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .briefs import Brief, to_json
from .errors import BriefError
from .markdown import to_markdown

_STEM_MAX = 100
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_ATTEMPTS_MAX = 100


class BriefFiles(NamedTuple):
    """Where a brief is. ``written`` is False if both files held exactly this brief already."""

    markdown: Path
    json: Path
    written: bool


def write_brief(directory: Path, brief: Brief) -> BriefFiles:
    """Write a brief as ``brief_….md`` and ``brief_….json``; make the directory if need be.

    Each file is written beside its place, flushed to disk and renamed into place. Writing the same brief again changes
    nothing, so a step that a crash repeats does no harm; another brief of the same poll stands beside the earlier one.

    Raises:
        BriefError: the directory cannot be made or written to.

    """
    stem = brief_stem(brief)
    markdown, json = directory / f"{stem}.md", directory / f"{stem}.json"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        written = [write_file(json, to_json(brief)), write_file(markdown, to_markdown(brief))]
    except OSError as error:
        message = (
            f"The brief of {brief.poll} could not be written to {directory}: {error.strerror or error}. "
            "Check that the directory can be written to and that the disk has room."
        )
        raise BriefError(message) from error
    return BriefFiles(markdown, json, any(written))


def brief_stem(brief: Brief) -> str:
    """Return the file name of a brief without its ending: ``brief_`` and letters, digits, dots, ``_`` and ``-``.

    The name ends in a mark of the poll and of what the brief cites: another brief of the same poll, from a feed that
    has changed or from a run that had a part of it, never takes the place of an earlier one.
    """
    safe = _UNSAFE.sub("-", brief.poll).strip("-")[:_STEM_MAX].strip("-")
    told_by = [brief.poll, *(reading.paper.versioned_id for reading in brief.cited)]
    mark = hashlib.sha256("\n".join(told_by).encode("utf-8", "replace")).hexdigest()[:10]
    return f"brief_{safe}-{mark}"


def write_file(path: Path, text: str) -> bool:
    """Put this text, in UTF-8, into the file as one change; return False if it was there already.

    A process that is killed may leave a hidden ``.….part`` file behind; it is never read.

    Raises:
        OSError: as the operating system says.

    """
    data = text.encode("utf-8")
    if _holds(path, data):
        return False
    part = _write_part(path, data)
    try:
        part.replace(path)
    except OSError:
        _drop(part)
        raise
    _flush_directory(path.parent)
    return True


def append_line(path: Path, line: str) -> None:
    """Append one line to a file, made if need be, as one write, and flush it to disk.

    Raises:
        OSError: as the operating system says.

    """
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(opened, f"{line}\n".encode())
        os.fsync(opened)
    finally:
        os.close(opened)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _write_part(path: Path, data: bytes) -> Path:
    for attempt in range(_ATTEMPTS_MAX):
        part = path.with_name(f".{path.name}.{attempt}.part")
        try:
            # "x" never takes over the file of another writer, alive or killed.
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            continue
        except OSError:
            _drop(part)
            raise
        return part
    message = f"{_ATTEMPTS_MAX} unfinished files of {path.name} are in the way; remove its hidden .part files"
    raise FileExistsError(message)


def _drop(part: Path) -> None:
    # On the way out with an error: a second one, such as a disk that is read-only, would hide the first.
    with suppress(OSError):
        part.unlink()


def _flush_directory(directory: Path) -> None:
    # A rename is on disk only once its directory is; Windows flushes it by itself and cannot open directories.
    if os.name != "nt":
        opened = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
