import time
from datetime import UTC, datetime

from stratum.kernel.clock import SystemClock


def test_wall_time_is_milliseconds_since_1970_utc() -> None:
    before = datetime.now(UTC).timestamp()
    now = SystemClock().now()
    after = datetime.now(UTC).timestamp()
    assert int(before * 1000) <= now <= after * 1000


def test_elapsed_time_never_goes_back() -> None:
    clock = SystemClock()
    seen = [clock.monotonic() for _ in range(1_000)]
    assert seen == sorted(seen)
    assert seen[0] <= time.monotonic()
