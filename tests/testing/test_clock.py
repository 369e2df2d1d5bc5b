from datetime import timedelta

import pytest

from stratum.kernel.clock import Clock
from stratum.testing import FakeClock


def test_time_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(1_000)
    as_clock: Clock = clock
    assert (as_clock.now(), as_clock.monotonic()) == (1_000, 0.0)
    assert (as_clock.now(), as_clock.monotonic()) == (1_000, 0.0)
    clock.advance(timedelta(seconds=1.5))
    assert (clock.now(), clock.monotonic()) == (2_500, 1.5)


def test_time_does_not_pass_backwards_but_the_wall_clock_can_be_put_right() -> None:
    clock = FakeClock(1_000)
    with pytest.raises(ValueError, match="does not pass backwards"):
        clock.advance(timedelta(seconds=-1))
    clock.set_wall(10)
    assert (clock.now(), clock.monotonic()) == (10, 0.0)
