import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from stratum.store.file_queue import FileQueue, QueueBusyError
from stratum.testing import eventually

_LONG = 20.0
_SHORT = 0.05


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


def test_one_at_a_time_has_the_floor(file: Path) -> None:
    first, second = FileQueue(file), FileQueue(file)
    first.acquire(_LONG)
    with pytest.raises(QueueBusyError):
        second.acquire(_SHORT)
    first.release()
    second.acquire(_LONG)
    second.release()
    first.acquire(_LONG)
    first.close()
    second.acquire(_LONG)
    second.close()


async def test_whoever_waits_gets_the_floor_when_it_is_free(file: Path, pool: ThreadPoolExecutor) -> None:
    first, second = FileQueue(file), FileQueue(file)
    first.acquire(_LONG)
    waiting = pool.submit(second.acquire, _LONG)
    await eventually(lambda: any(thread.name == "stratum-queue" for thread in threading.enumerate()))
    assert not waiting.done()
    first.release()
    waiting.result(_LONG)
    with pytest.raises(QueueBusyError):
        first.acquire(_SHORT)
    second.release()
    first.close()
    second.close()


def test_a_writer_that_gave_up_and_comes_again_has_kept_its_place(file: Path) -> None:
    first, second = FileQueue(file), FileQueue(file)
    for _ in range(3):
        first.acquire(_LONG)
        for _ in range(3):
            with pytest.raises(QueueBusyError):
                second.acquire(_SHORT)
        first.release()
        second.acquire(_LONG)
        second.release()
    first.close()
    second.close()


async def test_the_turn_of_a_writer_that_gave_up_goes_to_the_next(file: Path) -> None:
    first, second, third = FileQueue(file), FileQueue(file), FileQueue(file)
    first.acquire(_LONG)
    with pytest.raises(QueueBusyError):
        second.acquire(_SHORT)
    first.release()
    third.acquire(_LONG)
    for queue in (first, second, third):
        queue.close()


def _take_turns(queue: FileQueue, name: str, turns: list[str], file: Path) -> None:
    with file.with_name(name).open("w") as log:
        for _ in range(100):
            queue.acquire(_LONG)
            turns.append(name)
            # A turn takes as long as a commit does, in which other threads can run.
            log.write(name)
            log.flush()
            os.fsync(log.fileno())
            queue.release()


def test_nobody_who_waits_is_starved(file: Path, pool: ThreadPoolExecutor) -> None:
    queues = [FileQueue(file) for _ in range(3)]
    turns: list[str] = []
    working: list[Future[None]] = [
        pool.submit(_take_turns, queue, name, turns, file) for queue, name in zip(queues, "abc", strict=True)
    ]
    for work in working:
        work.result(_LONG)
    for queue in queues:
        queue.close()
    # While all three want it, none waits for more than a few turns of the others.
    contended = "".join(turns[:240])
    longest = max(len(run) for name in "abc" for run in contended.split(name))
    assert longest <= 80, contended


def test_closing_gives_everything_back(file: Path) -> None:
    before = _open_files()
    for _ in range(20):
        first, second = FileQueue(file), FileQueue(file)
        first.acquire(_LONG)
        with pytest.raises(QueueBusyError):
            second.acquire(_SHORT / 10)
        # The second one still stands in line, on a thread, when it is closed.
        second.close()
        first.close()
    third = FileQueue(file)
    third.acquire(_LONG)
    third.close()
    for thread in threading.enumerate():
        if thread.name == "stratum-queue":
            thread.join(_LONG)
    assert _open_files() == before


def test_a_folder_that_is_not_there_is_an_error_without_leftovers(tmp_path: Path) -> None:
    before = _open_files()
    (tmp_path / "store.db-writer").mkdir()
    for path in (tmp_path / "no" / "store.db", tmp_path / "store.db"):
        with pytest.raises(OSError, match=r"store\.db"):
            FileQueue(path)
    assert _open_files() == before


_HOLD = """
import sys
from pathlib import Path
from stratum.store.file_queue import FileQueue
queue = FileQueue(Path(sys.argv[1]))
queue.acquire(10)
print("held", flush=True)
{then}
sys.stdin.read()
"""
_FORK = """
import os
if os.fork() == 0:
    print("forked", flush=True)
    sys.stdin.read()
    os._exit(0)
"""


@pytest.fixture
def hold(file: Path) -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    """Start processes that hold the floor."""
    started: list[subprocess.Popen[str]] = []

    def begin(then: str = "") -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", _HOLD.format(then=then), str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield begin
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.crash
def test_a_process_that_dies_frees_the_floor(file: Path, hold: Callable[[str], "subprocess.Popen[str]"]) -> None:
    process = hold("")
    queue = FileQueue(file)
    with pytest.raises(QueueBusyError):
        queue.acquire(_SHORT)
    process.kill()
    queue.acquire(_LONG)
    queue.close()


@pytest.mark.crash
def test_a_process_that_stands_still_is_waited_for_with_a_bound(
    file: Path, hold: Callable[[str], "subprocess.Popen[str]"]
) -> None:
    process = hold("queue.release(); queue.acquire(10); print('again', flush=True)")
    assert process.stdout is not None
    assert process.stdout.readline() == "again\n"
    process.send_signal(signal.SIGSTOP)
    queue = FileQueue(file)
    for _ in range(2):
        with pytest.raises(QueueBusyError):
            queue.acquire(_SHORT)
    process.kill()
    queue.acquire(_LONG)
    queue.close()


@pytest.mark.crash
def test_a_child_that_was_forked_off_does_not_hold_the_floor_of_its_dead_parent(
    file: Path, hold: Callable[[str], "subprocess.Popen[str]"]
) -> None:
    process = hold(_FORK)
    assert process.stdout is not None
    assert process.stdout.readline() == "forked\n"
    process.kill()
    queue = FileQueue(file)
    queue.acquire(_LONG)
    queue.close()
