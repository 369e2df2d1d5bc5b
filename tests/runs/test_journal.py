"""One run's journal on its worker, over a store that answers what the test says."""

import asyncio

import pytest

from stratum.kernel.errors import InvalidInput, Unavailable
from stratum.runs import Append, Kind
from stratum.runs.errors import Fenced
from stratum.runs.journal import Done, Entry, Journal
from stratum.runs.records import Draft, Fence, Release, Status
from stratum.runs.rows.append import UNREAD
from stratum.testing.waiting import eventually

FENCE = Fence("default", "run_1", "worker_1", 1)


def result(key: str) -> Draft:
    return Draft(Kind.STEP, key, 0, "h", "null")


class Scripted:
    """A journal at head 1 whose appends the test answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[Append, Done]] = []
        self.lost: list[BaseException] = []
        self.paused: list[BaseException | None] = []
        self.journal = Journal(
            FENCE,
            1,
            lambda append, done: self.asked.append((append, done)),
            lost=self.lost.append,
            paused=self.paused.append,
        )

    @property
    def keys(self) -> list[list[str]]:
        """The keys of each append that was asked for."""
        return [[event.key for event in append.events] for append, _ in self.asked]

    async def write(self, key: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(self.journal.write(result(key)))
        await asyncio.sleep(0)
        return task

    async def release(self, release: Release, draft: Draft | None = None) -> "asyncio.Task[bool]":
        task = asyncio.create_task(self.journal.release(release, draft, inbox=3))
        await asyncio.sleep(0)
        return task

    def accept(self) -> None:
        """Answer that the last append was committed."""
        append, done = self.asked[-1]
        done(append.head + len(append.events), None)

    def refuse(self, error: BaseException) -> None:
        self.asked[-1][1](None, error)


async def test_an_event_is_written_once_it_is_committed_and_not_before() -> None:
    script = Scripted()
    writing = await script.write("a")
    assert not writing.done()
    script.accept()
    await writing
    assert script.journal.head == 2


async def test_calls_that_finish_while_an_append_is_on_its_way_go_together_with_the_next() -> None:
    script = Scripted()
    writes = [await script.write(key) for key in "abc"]
    assert script.keys == [["a"]]
    script.accept()
    assert script.keys == [["a"], ["b", "c"]]
    assert script.asked[1][0].head == 2
    script.accept()
    await asyncio.gather(*writes)
    assert script.journal.head == 4


async def test_what_nobody_waits_for_goes_with_the_next_append_and_asks_for_none() -> None:
    script = Scripted()
    script.journal.add_quietly(result("quiet"))
    assert script.asked == []
    writing = await script.write("a")
    assert script.keys == [["quiet", "a"]]
    script.accept()
    await writing


async def test_what_an_event_takes_from_the_inbox_is_named_with_the_place_of_the_event() -> None:
    script = Scripted()
    script.journal.add_quietly(result("quiet"))
    script.journal.add(Entry(result("a"), None, takes=7))
    assert script.asked[0][0].taken == ((7, 3),)


async def test_when_one_of_several_is_refused_the_others_are_written_and_it_alone_is_told() -> None:
    script = Scripted()
    writes = [await script.write(key) for key in "xabc"]
    script.accept()
    script.refuse(InvalidInput("b does not fit"))
    assert script.keys[2] == ["a"]
    script.accept()
    assert script.keys[3] == ["b"]
    script.refuse(InvalidInput("b does not fit"))
    assert script.keys[4] == ["c"]
    script.accept()
    answers = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(answer) for answer in answers] == [type(None), type(None), InvalidInput, type(None)]
    assert script.journal.head == 4
    assert script.lost == []


async def test_after_a_refusal_events_go_together_again() -> None:
    script = Scripted()
    writes = [await script.write(key) for key in "xab"]
    script.accept()
    script.refuse(InvalidInput("no"))
    script.accept()
    script.accept()
    writes += [await script.write(key) for key in "cde"]
    script.accept()
    assert script.keys[-1] == ["d", "e"]
    script.accept()
    await asyncio.gather(*writes)


async def test_a_store_that_is_away_is_asked_the_same_again() -> None:
    script = Scripted()
    writing = await script.write("a")
    script.refuse(Unavailable("away"))
    assert len(script.paused) == 1
    later = await script.write("b")
    await eventually(lambda: len(script.asked) > 1, what="the append is asked again")
    assert script.asked[1][0] is script.asked[0][0]
    script.accept()
    script.accept()
    await asyncio.gather(writing, later)
    assert script.lost == []


async def test_a_worker_that_lost_the_run_stops_writing_and_wakes_nobody_with_a_result() -> None:
    script = Scripted()
    writes = [await script.write(key) for key in "ab"]
    script.refuse(Fenced("taken over"))
    answers = await asyncio.gather(*writes, return_exceptions=True)
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers)
    assert [type(error) for error in script.lost] == [Fenced]
    assert script.journal.closed
    assert script.journal.failure is None
    assert len(script.asked) == 1


async def test_no_answer_is_taken_for_a_loss() -> None:
    script = Scripted()
    writing = await script.write("a")
    script.asked[0][1](None, None)
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert script.journal.closed
    assert "run_1 gave no answer" in str(script.lost[0])


async def test_a_refusal_of_what_nobody_waits_for_stops_the_run_with_the_error() -> None:
    script = Scripted()
    releasing = await script.release(Release(Status.DONE), Draft(Kind.DONE, "", 0, "", "null"))
    error = InvalidInput("too large")
    script.refuse(error)
    assert await releasing
    assert script.lost == [error]
    assert script.journal.failure is error


async def test_a_release_goes_with_the_last_events() -> None:
    script = Scripted()
    first = await script.write("a")
    second = await script.write("b")
    releasing = await script.release(Release(Status.DONE), Draft(Kind.DONE, "", 0, "", "null"))
    assert script.asked[0][0].release is None
    script.accept()
    assert script.asked[1][0].release == Release(Status.DONE)
    assert [event.kind for event in script.asked[1][0].events] == [Kind.STEP, Kind.DONE]
    script.accept()
    assert await releasing
    await asyncio.gather(first, second)
    assert script.journal.closed


async def test_a_run_that_was_told_something_is_not_put_to_sleep_and_keeps_its_events() -> None:
    script = Scripted()
    script.journal.add_quietly(result("quiet"))
    releasing = await script.release(Release(Status.WAITING, 5_000))
    assert script.asked[0][0].inbox == 3
    script.asked[0][1](UNREAD, None)
    assert not await releasing
    assert not script.journal.closed
    assert script.keys == [["quiet"], ["quiet"]]
    assert script.asked[1][0].release is None
    script.accept()
    assert script.journal.head == 2


async def test_a_release_after_refusals_comes_with_the_last_of_the_single_events() -> None:
    script = Scripted()
    writes = [await script.write(key) for key in "xab"]
    releasing = await script.release(Release(Status.READY))
    script.accept()
    script.refuse(InvalidInput("no"))
    assert script.asked[2][0].release is None
    script.accept()
    assert script.asked[3][0].release == Release(Status.READY)
    script.accept()
    assert await releasing
    await asyncio.gather(*writes)


async def test_a_caller_cancelled_before_it_got_its_result_is_recorded_as_having_left() -> None:
    script = Scripted()
    writing = await script.write("a")
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    script.accept()
    assert [event.kind for event in script.asked[1][0].events] == [Kind.LEFT]


async def test_a_result_that_nobody_will_get_is_recorded_together_with_that() -> None:
    script = Scripted()
    writing = asyncio.create_task(script.journal.write(result("a"), left=True))
    await asyncio.sleep(0)
    script.accept()
    await writing
    assert [event.kind for append, _ in script.asked for event in append.events] == [Kind.STEP, Kind.LEFT]


async def test_code_stopped_because_its_worker_leaves_has_not_left_its_calls() -> None:
    script = Scripted()
    writing = await script.write("a")
    script.journal.abandoned = True
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    script.accept()
    assert script.keys == [["a"]]
