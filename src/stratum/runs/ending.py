"""How an execution that ended on its worker is written into the journal."""

import traceback

from stratum.kernel.codec import decode, encode
from stratum.kernel.errors import StratumError
from stratum.kernel.limits import ERROR_CHARS_MAX
from stratum.runs.errors import StepError
from stratum.runs.execution import Ending
from stratum.runs.machine import classify, storable
from stratum.runs.records import Draft, Kind, Release, Status

_KINDS = {
    Status.DONE: Kind.DONE,
    Status.FAILED: Kind.FAILED,
    Status.CANCELLED: Kind.CANCELLED,
    Status.PARKED: Kind.PARKED,
}
_REASON_CHARS_MAX = 500


def closing_of(ending: Ending) -> tuple[Draft | None, Release]:
    """Return the last event of an execution, and how its run is released."""
    kind = _KINDS.get(ending.status)
    if kind is None:
        return None, Release(Status.READY)
    if ending.error is not None:
        body, reason = _failure(ending.error)
    elif ending.status is Status.DONE:
        body, reason = ending.result or "null", None
    else:
        body, reason = _stopped(ending)
    return Draft(kind, "", 0, "", body), Release(ending.status, None, reason)


def _stopped(ending: Ending) -> tuple[str, str]:
    if ending.status is Status.CANCELLED:
        why = decode(ending.result or "null")
        return encode({"code": "cancelled", "message": "The run was cancelled.", "reason": why}), "cancelled"
    message = "The run's deadline passed before it was done."
    return encode({"code": "deadline", "message": message, "cause": message, "kind": "deadline"}), message


def _failure(error: BaseException) -> tuple[str, str]:
    if isinstance(error, StepError):
        kind, cause = error.kind, error.cause
    else:
        failure = classify(error)
        kind, cause = failure.kind, failure.cause
    message = (storable(error.message) if isinstance(error, StratumError) else "") or cause
    trace = storable("".join(traceback.format_exception(error)))[-ERROR_CHARS_MAX:]
    body = encode({
        "code": error.code if isinstance(error, StratumError) else "agent_error", "message": message[:ERROR_CHARS_MAX],
        "cause": cause[:ERROR_CHARS_MAX], "kind": kind, "trace": trace,
    })  # fmt: skip
    return body, message.strip().partition("\n")[0][:_REASON_CHARS_MAX]
