import pytest

from stratum.kernel.clock import SystemClock
from stratum.testing import eventually


async def test_what_is_true_already_is_returned_at_once() -> None:
    assert await eventually(lambda: [1], within=0) == [1]


async def test_it_looks_until_it_is_true() -> None:
    answers = [0, None, "", "yes"]
    assert await eventually(lambda: answers.pop(0)) == "yes"
    assert answers == []


async def test_a_condition_may_be_asynchronous() -> None:
    answers = [False, True]

    async def look() -> bool:
        return answers.pop(0)

    assert await eventually(look)


async def test_what_does_not_come_about_fails_within_the_bound() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    with pytest.raises(AssertionError, match=r"within 0\.05 s: the moon gives 0"):
        await eventually(lambda: 0, within=0.05, what="the moon")
    assert 0.05 <= clock.monotonic() - began < 5


async def test_an_error_of_the_condition_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        await eventually(lambda: 1 // 0)
