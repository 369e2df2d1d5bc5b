import errno
from pathlib import Path

import apsw
import pytest

from stratum.kernel.errors import StratumError, Unavailable
from stratum.store.errors import (
    StoreBusy,
    StoreFull,
    StoreReadOnly,
    StoreRefused,
    StoreUnreachable,
    StoreUnsuitable,
)
from stratum.store.file_queue import QueueBusyError
from stratum.store.sqlite_errors import file_error

_FILE = Path("folder/store.db")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (apsw.BusyError("database is locked"), StoreBusy),
        (apsw.LockedError("table is locked"), StoreBusy),
        (QueueBusyError(), StoreBusy),
        (apsw.FullError("disk is full"), StoreFull),
        (OSError(errno.ENOSPC, "No space left on device"), StoreFull),
        (OSError(errno.EDQUOT, "Quota exceeded"), StoreFull),
        (apsw.ReadOnlyError("readonly"), StoreReadOnly),
        (apsw.PermissionsError("access denied"), StoreReadOnly),
        (PermissionError(errno.EACCES, "Permission denied"), StoreReadOnly),
        (OSError(errno.EROFS, "Read-only file system"), StoreReadOnly),
        (apsw.CantOpenError("unable to open"), StoreUnreachable),
        (apsw.IOError("disk I/O error"), StoreUnreachable),
        (FileNotFoundError(errno.ENOENT, "No such file"), StoreUnreachable),
        (apsw.NotADBError("file is not a database"), StoreUnsuitable),
        (apsw.CorruptError("malformed"), StoreUnsuitable),
        (apsw.ConstraintError("UNIQUE"), StoreRefused),
    ],
    ids=lambda value: getattr(value, "__name__", None) or repr(value),
)
def test_each_error_is_told_in_plain_words(error: Exception, kind: type[StratumError]) -> None:
    told = file_error(_FILE, error, busy_seconds=2.5)
    assert type(told) is kind
    text = str(told)
    assert "folder/store.db" in text
    assert text.endswith(".")
    assert str(error) in text
    if kind is not StoreRefused and kind is not StoreUnsuitable:
        assert isinstance(told, Unavailable)
    if kind is StoreBusy:
        assert "for over 2.5 s" in text


def test_an_error_that_is_none_of_the_files_is_left_as_it_is() -> None:
    for error in (ValueError("mine"), apsw.SQLError("no such table")):
        assert file_error(_FILE, error, busy_seconds=1) is error


def test_a_folder_is_called_one(tmp_path: Path) -> None:
    told = file_error(tmp_path, apsw.CantOpenError("unable to open"), busy_seconds=1)
    assert "it is a folder" in str(told)
