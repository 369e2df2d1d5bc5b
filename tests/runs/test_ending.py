"""How the end of an execution is written into the journal."""

from typing import Any, cast

import pytest

from stratum import InvalidInput, StepError
from stratum.kernel.codec import decode
from stratum.kernel.errors import Disposition
from stratum.kernel.limits import ERROR_CHARS_MAX
from stratum.runs import Kind, Status
from stratum.runs.ending import closing_of
from stratum.runs.execution import Ending
from stratum.runs.records import Release


def end(status: Status, *, result: str | None = None, error: BaseException | None = None) -> Ending:
    return Ending(status, result, error)


def written(ending: Ending) -> tuple[str, dict[str, Any], Release]:
    draft, release = closing_of(ending)
    assert draft is not None
    return draft.kind, cast("dict[str, Any]", decode(draft.body)), release


def raised(error: BaseException) -> BaseException:
    """Return the error as it is once it has been raised."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_a_run_that_is_done_keeps_its_result_and_no_reason() -> None:
    draft, release = closing_of(end(Status.DONE, result='{"n":1}'))
    assert draft is not None
    assert (draft.kind, draft.body) == (Kind.DONE, '{"n":1}')
    assert release == Release(Status.DONE)


def test_a_run_without_result_has_null() -> None:
    draft, _ = closing_of(end(Status.DONE))
    assert draft is not None
    assert draft.body == "null"


def test_a_run_that_is_left_to_others_is_ready_again_and_writes_nothing() -> None:
    assert closing_of(end(Status.READY)) == (None, Release(Status.READY))


def test_a_failed_step_that_was_not_caught_keeps_its_cause_and_its_class() -> None:
    error = StepError(
        "Step fetch failed.", step="fetch", cause="ConnectionError: reset", kind="transient",
        disposition=Disposition.RETRY,
    )  # fmt: skip
    kind, body, release = written(end(Status.FAILED, error=raised(error)))
    assert kind == Kind.FAILED
    assert body["code"] == "step_failed"
    assert (body["cause"], body["kind"]) == ("ConnectionError: reset", "transient")
    assert release == Release(Status.FAILED, None, "Step fetch failed.")


def test_an_error_of_the_agents_own_code_is_named_with_its_trace() -> None:
    _, body, release = written(end(Status.FAILED, error=raised(ZeroDivisionError("by zero"))))
    assert (body["code"], body["kind"]) == ("agent_error", "invalid_request")
    assert body["message"] == body["cause"] == "ZeroDivisionError: by zero"
    assert "Traceback" in body["trace"]
    assert release.reason == "ZeroDivisionError: by zero"


def test_an_error_of_stratum_keeps_its_code() -> None:
    _, body, _ = written(end(Status.FAILED, error=raised(InvalidInput("no such thing"))))
    assert (body["code"], body["message"]) == ("invalid_input", "no such thing")


def test_an_error_of_many_words_is_cut_and_its_reason_is_one_line() -> None:
    text = "first line\n" + "x\0" * ERROR_CHARS_MAX
    _, body, release = written(end(Status.FAILED, error=raised(InvalidInput(text))))
    assert max(len(body[part]) for part in ("message", "cause", "trace")) <= ERROR_CHARS_MAX
    assert "\0" not in body["message"]
    assert release.reason == "first line"


def test_the_end_of_a_long_trace_is_kept_because_it_names_the_error() -> None:
    _, body, _ = written(end(Status.FAILED, error=raised(RuntimeError("y" * 2 * ERROR_CHARS_MAX + "the end"))))
    assert body["trace"].rstrip().endswith("the end")


def test_an_error_with_an_empty_message_is_known_by_its_class() -> None:
    _, body, release = written(end(Status.FAILED, error=raised(InvalidInput(""))))
    assert body["message"] == release.reason == "InvalidInput"


def test_a_parked_run_keeps_why() -> None:
    kind, body, release = written(end(Status.PARKED, error=raised(InvalidInput("look at it"))))
    assert (kind, body["message"]) == (Kind.PARKED, "look at it")
    assert release == Release(Status.PARKED, None, "look at it")


def test_a_cancelled_run_keeps_the_reason_that_was_given() -> None:
    kind, body, release = written(end(Status.CANCELLED, result='"enough"'))
    assert kind == Kind.CANCELLED
    assert (body["code"], body["reason"]) == ("cancelled", "enough")
    assert release == Release(Status.CANCELLED, None, "cancelled")


def test_a_run_that_failed_without_an_error_was_out_of_time() -> None:
    kind, body, release = written(end(Status.FAILED))
    assert kind == Kind.FAILED
    assert (body["code"], body["kind"]) == ("deadline", "deadline")
    assert release.reason == "The run's deadline passed before it was done."
