"""The decisions of runs: how an error is classed, how long to wait before a retry, who stands where in a queue."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum import InvalidInput, Retry
from stratum.kernel.errors import Disposition, NotFound, StratumError
from stratum.runs.machine import Failure, classify, delay_ms, is_dead, rank, soonest, storable, text_of, turn

AGAIN = Failure("transient", Disposition.RETRY, "it broke")


class Throttled(StratumError):
    """An error that says how long to leave the other side alone."""

    code = "throttled"
    disposition = Disposition.RETRY
    retry_after_ms = 30_000


class Unspeakable(Exception):
    """An error whose text cannot be made."""

    def __str__(self) -> str:
        message = "no text"
        raise RuntimeError(message)


@pytest.mark.parametrize("attempts", [0, -1, 1_001])
def test_attempts_out_of_range_are_refused_with_the_range(attempts: int) -> None:
    with pytest.raises(InvalidInput, match=r"give 1 \(no retry\) to 1,000"):
        Retry(attempts=attempts)


def test_one_attempt_and_a_thousand_can_be_asked_for() -> None:
    assert (Retry(attempts=1).attempts, Retry(attempts=1_000).attempts) == (1, 1_000)


@pytest.mark.parametrize(
    ("first", "factor", "cap"), [(1, 0.5, 2), (-1, 2.0, 2), (3, 2.0, 2)], ids=["shrinking", "negative", "over its cap"]
)
def test_delays_that_make_no_sense_are_refused(first: int, factor: float, cap: int) -> None:
    with pytest.raises(InvalidInput, match="0 <= first <= cap"):
        Retry(first=timedelta(seconds=first), factor=factor, cap=timedelta(seconds=cap))


@pytest.mark.parametrize(
    ("error", "kind", "disposition"),
    [
        (ConnectionResetError("gone"), "transient", Disposition.RETRY),
        (InterruptedError(), "transient", Disposition.RETRY),
        (TimeoutError("slow"), "timeout", Disposition.RETRY),
        (TypeError("no"), "bug", Disposition.STOP),
        (AssertionError(), "bug", Disposition.STOP),
        (NotImplementedError(), "bug", Disposition.STOP),
        (ModuleNotFoundError("x"), "bug", Disposition.STOP),
        (ValueError("no"), "invalid_request", Disposition.STOP),
        (KeyError("k"), "invalid_request", Disposition.STOP),
        (ZeroDivisionError(), "invalid_request", Disposition.STOP),
        (OSError("disk"), "unknown", Disposition.RETRY),
        (RuntimeError("?"), "unknown", Disposition.RETRY),
        (InvalidInput("wrong"), "invalid_input", Disposition.STOP),
        (NotFound("none"), "not_found", Disposition.STOP),
    ],
)
def test_an_error_has_a_class_that_decides_whether_to_try_again(
    error: Exception, kind: str, disposition: Disposition
) -> None:
    failure = classify(error)
    assert (failure.kind, failure.disposition, failure.wait_ms) == (kind, disposition, 0)
    assert failure.cause.startswith(type(error).__name__)


def test_an_error_of_stratum_says_itself_what_to_do_and_how_long_to_wait() -> None:
    assert classify(Throttled("later")) == Failure("throttled", Disposition.RETRY, "Throttled: later", 30_000)


def test_an_error_without_text_is_known_by_its_name_alone() -> None:
    assert classify(RuntimeError()).cause == "RuntimeError"


def test_an_error_whose_text_cannot_be_made_is_still_classed() -> None:
    assert text_of(Unspeakable()) == ""
    assert classify(Unspeakable()).cause == "Unspeakable"


@given(st.text(st.characters(codec=None)))
def test_any_error_text_becomes_one_that_both_databases_keep(text: str) -> None:
    kept = storable(text)
    assert "\0" not in kept
    assert kept.encode().decode() == kept


def test_ordinary_text_is_kept_as_it_is() -> None:
    assert storable("Grüße, 世界\n") == "Grüße, 世界\n"
    assert storable("a\0b\ud800") == "a\\x00b\\ud800"


def patience(attempts: int, first_ms: int, factor: float, more_ms: int) -> Retry:
    first, cap = timedelta(milliseconds=first_ms), timedelta(milliseconds=first_ms + more_ms)
    return Retry(attempts=attempts, first=first, factor=factor, cap=cap)


retries = st.builds(patience, st.integers(1, 1_000), st.integers(0, 10_000), st.floats(1, 1_000), st.integers(0, 10**7))
fractions = st.floats(0, 1, exclude_max=True)


@given(retries, st.integers(1, 1_000), fractions, st.integers(0, 10**6))
def test_a_delay_is_never_under_what_the_error_asked_for_nor_over_the_cap(
    retry: Retry, tried: int, fraction: float, asked: int
) -> None:
    delay = delay_ms(retry, AGAIN._replace(wait_ms=asked), tried=tried, fraction=fraction)
    if tried >= retry.attempts:
        assert delay is None
    else:
        assert delay is not None
        assert asked <= delay <= max(asked, retry.cap / timedelta(milliseconds=1))


@given(retries, st.integers(1, 998), fractions)
def test_the_same_draw_never_waits_less_after_more_tries(retry: Retry, tried: int, fraction: float) -> None:
    before = delay_ms(retry, AGAIN, tried=tried, fraction=fraction)
    after = delay_ms(retry, AGAIN, tried=tried + 1, fraction=fraction)
    assert after is None or (before is not None and before <= after)


def test_jitter_is_full_from_nothing_to_the_doubled_delay() -> None:
    retry = Retry(attempts=10, first=timedelta(seconds=1), cap=timedelta(seconds=5))
    ceilings = [delay_ms(retry, AGAIN, tried=tried, fraction=0.999_999) for tried in (1, 2, 3, 4)]
    assert ceilings == [999, 1_999, 3_999, 4_999]
    assert delay_ms(retry, AGAIN, tried=3, fraction=0.0) == 0
    assert delay_ms(retry, AGAIN, tried=3, fraction=0.5) == 2_000


@pytest.mark.parametrize("disposition", [Disposition.STOP, Disposition.PERSON, Disposition.WAIT])
def test_what_no_retry_can_help_is_not_tried_again(disposition: Disposition) -> None:
    assert delay_ms(Retry(), AGAIN._replace(disposition=disposition), tried=1, fraction=0.5) is None


def test_the_last_attempt_has_no_other_after_it() -> None:
    assert delay_ms(Retry(attempts=3), AGAIN, tried=2, fraction=0.0) == 0
    assert delay_ms(Retry(attempts=3), AGAIN, tried=3, fraction=0.0) is None


@given(st.integers(0, 10**12), st.integers(-1_000, 1_000), st.integers(1, 1_000))
def test_a_step_of_priority_is_worth_a_minute_of_waiting(ready_at: int, priority: int, more: int) -> None:
    urgent = rank(ready_at=ready_at + more * 60_000, priority=priority + more)
    assert urgent == rank(ready_at=ready_at, priority=priority)
    assert rank(ready_at=ready_at + 1, priority=priority) > rank(ready_at=ready_at, priority=priority)
    assert rank(ready_at=ready_at, priority=priority + 1) < rank(ready_at=ready_at, priority=priority)


def test_a_heavier_tenant_moves_ahead_by_less_with_each_run() -> None:
    assert turn(1) == 2 * turn(2) == 4 * turn(4)
    assert turn(1_000) > 0


def test_a_worker_is_dead_once_its_lease_is_past_and_not_a_moment_before() -> None:
    assert not is_dead(seen_at=1_000, lease_ms=500, now=1_500)
    assert is_dead(seen_at=1_000, lease_ms=500, now=1_501)


def test_the_soonest_moment_leaves_out_those_that_are_not_set() -> None:
    assert soonest(None, 7, 3, None) == 3
    assert soonest(None, None) is None
    assert soonest() is None
