"""What goes wrong with a SQLite file, in Stratum's words."""

import errno
from collections.abc import Callable
from pathlib import Path

import apsw

from stratum.store.errors import StoreBusy, StoreFull, StoreReadOnly, StoreRefused, StoreUnreachable, StoreUnsuitable
from stratum.store.file_queue import QueueBusyError


def file_error(path: Path, error: Exception, *, busy_seconds: float) -> Exception:
    """Return an error about the file ``path`` as a new one in Stratum's words, or the error itself when it is not."""
    if isinstance(error, QueueBusyError | apsw.BusyError | apsw.LockedError):
        return _busy(path, busy_seconds, error)
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words(path, error)
    return error


def _busy(path: Path, seconds: float, error: Exception) -> StoreBusy:
    said = f" ({error})" if str(error) else ""
    return StoreBusy(
        f"Another program has held the database {path} for over {seconds:g} s{said}. Close what has it open in a "
        "transaction, such as a database browser, or end a process that has stopped in the middle."
    )


def _full(path: Path, error: Exception) -> StoreFull:
    return StoreFull(f"The disk that holds {path} is full ({error}). Free some space; the work goes on by itself.")


def _read_only(path: Path, error: Exception) -> StoreReadOnly:
    return StoreReadOnly(f"The database {path} takes no writes ({error}). Check the rights of the file and its folder.")


def _unreachable(path: Path, error: Exception) -> StoreUnreachable:
    why = "it is a folder" if path.is_dir() else str(error)
    return StoreUnreachable(
        f"The database {path} cannot be read or opened ({why}). Check the path, its rights and the disk."
    )


def _os_error(path: Path, error: Exception) -> Exception:
    number = error.errno if isinstance(error, OSError) else None
    if number in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return _read_only(path, error)
    return _full(path, error) if number in {errno.ENOSPC, errno.EDQUOT} else _unreachable(path, error)


def _not_a_database(path: Path, error: Exception) -> StoreUnsuitable:
    return StoreUnsuitable(
        f"{path} is not a SQLite database or is damaged ({error}). Give another path, or restore a backup."
    )


def _refused(path: Path, error: Exception) -> StoreRefused:
    return StoreRefused(f"The database {path} refused a row ({error}). Nothing of it was kept.")


_WORDS: tuple[tuple[type[Exception], Callable[[Path, Exception], Exception]], ...] = (
    (apsw.FullError, _full),
    (apsw.ReadOnlyError, _read_only),
    (apsw.PermissionsError, _read_only),
    (apsw.CantOpenError, _unreachable),
    (apsw.IOError, _unreachable),
    (apsw.NotADBError, _not_a_database),
    (apsw.CorruptError, _not_a_database),
    (apsw.ConstraintError, _refused),
    (OSError, _os_error),
)
