import contextlib
import os
import signal
import subprocess
import sys
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


async def _wait_in_line(queue: FileQueue, pool: ThreadPoolExecutor) -> Future[None]:
    waiting = pool.submit(queue.acquire)
    await eventually(lambda: queue.give_up(0) or waiting.done())
    return waiting


def test_one_at_a_time_has_the_floor(file: Path) -> None:
    first, second = FileQueue(file), FileQueue(file)
    first.acquire()
    with pytest.raises(QueueBusyError):
        second.acquire_within(_SHORT)
    first.release()
    second.acquire()
    second.release()
    first.acquire()
    first.close()
    second.acquire()
    second.close()


async def test_whoever_waits_gets_the_floor_when_it_is_free(file: Path, pool: ThreadPoolExecutor) -> None:
    first, second = FileQueue(file), FileQueue(file)
    first.acquire()
    waiting = pool.submit(second.acquire)
    # It stands at the gate once nobody else can.
    third = FileQueue(file)
    assert not second.give_up(_LONG)
    assert not waiting.done()
    first.release()
    waiting.result(_LONG)
    with pytest.raises(QueueBusyError):
        third.acquire_within(_SHORT)
    for queue in (second, first, third):
        queue.close()


async def test_another_thread_can_give_up_for_the_one_that_waits(file: Path, pool: ThreadPoolExecutor) -> None:
    first, second, third = FileQueue(file), FileQueue(file), FileQueue(file)
    assert not second.give_up(0)
    first.acquire()
    waiting = await _wait_in_line(second, pool)
    assert not waiting.done()
    first.release()
    with pytest.raises(QueueBusyError):
        waiting.result(_LONG)
    # Its turn went to the next, and it can come again.
    third.acquire_within(_LONG)
    third.release()
    second.acquire()
    for queue in (second, first, third):
        queue.close()


def _take_turns(queue: FileQueue, name: str, turns: list[str], file: Path) -> None:
    with file.with_name(name).open("w") as log:
        for _ in range(100):
            queue.acquire()
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


def test_closing_gives_everything_back_and_may_be_done_twice(file: Path) -> None:
    before = _open_files()
    for _ in range(20):
        first, second = FileQueue(file), FileQueue(file)
        first.acquire()
        with pytest.raises(QueueBusyError):
            second.acquire_within(0)
        for queue in (second, first, first):
            queue.close()
    assert _open_files() == before
    third = FileQueue(file)
    third.close()
    with pytest.raises(ValueError, match="negative"):
        third.acquire()


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
queue.acquire()
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
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.crash
def test_a_process_that_dies_frees_the_floor(file: Path, hold: Callable[[str], "subprocess.Popen[str]"]) -> None:
    process = hold("")
    queue = FileQueue(file)
    with pytest.raises(QueueBusyError):
        queue.acquire_within(_SHORT)
    process.kill()
    queue.acquire_within(_LONG)
    queue.close()


@pytest.mark.crash
async def test_a_process_that_stands_still_is_not_waited_for_without_end(
    file: Path, hold: Callable[[str], "subprocess.Popen[str]"], pool: ThreadPoolExecutor
) -> None:
    process = hold("")
    process.send_signal(signal.SIGSTOP)
    queue = FileQueue(file)
    waiting = await _wait_in_line(queue, pool)
    assert queue.give_up(0)
    process.kill()
    with pytest.raises(QueueBusyError):
        waiting.result(_LONG)
    queue.acquire()
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
    queue.acquire_within(_LONG)
    queue.close()
