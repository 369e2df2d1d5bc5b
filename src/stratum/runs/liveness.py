"""Who is alive on this machine: a dead process is noticed at once here, and by its lease elsewhere."""

import os
import socket
from functools import cache
from pathlib import Path

import psutil


@cache
def host_name() -> str:
    """Return a name for this machine, this boot of it, and this process namespace.

    Process ids mean something only within one of these: two containers may share a database file and not their
    processes.
    """
    boot = _first_line(Path("/proc/sys/kernel/random/boot_id")) or str(int(psutil.boot_time()))
    return f"{socket.gethostname()}:{boot}:{_namespace()}"


def process_id() -> int:
    """Return this process's number."""
    return os.getpid()


def started_at(pid: int) -> int | None:
    """Return when a process of this machine started, in milliseconds since 1970 UTC; None when there is none."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return int(process.create_time() * 1000)
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        # It exists and belongs to somebody else; the lease decides.
        return 0


def is_gone(host: str, pid: int, started: int) -> bool:
    """Return whether a process is certainly no longer running: it was on this machine, and is not there now."""
    if host != host_name():
        return False
    found = started_at(pid)
    return found is None or (found != 0 and abs(found - started) > _CLOCK_STEP_MS)


_CLOCK_STEP_MS = (
    10_000  # A corrected wall clock moves the start times that the system reports; a reused pid moves more.
)


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
