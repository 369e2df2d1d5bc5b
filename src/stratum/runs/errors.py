"""The errors of runs.

StepError               a step failed for good; raised live and on replay alike
├── WaitExpired         nobody signalled within the time given
└── ChildError          a child run failed or was cancelled
RunFailed               what Handle.result() raises for a failed run
RunCancelled            what Handle.result() raises for a cancelled run
UnknownRun, UnknownAgent, RunIdTaken, Refused
Misused                 the handle was used from the wrong task, or after its run was taken away
Mismatch                the code no longer makes the calls that the journal recorded
Fenced                  another worker holds the run; this one must stop
"""

from stratum.kernel.errors import Conflict, Disposition, NotFound, StratumError


class StepError(StratumError):
    """A step failed for good: its last error, or the first that no retry can help."""

    code = "step_failed"

    def __init__(self, message: str, *, step: str, cause: str, kind: str, disposition: Disposition) -> None:
        super().__init__(message)
        self.step = step
        """The step's key, such as ``fetch#2``."""
        self.cause = cause
        """The last error as text, such as ``ConnectionError: reset by peer``."""
        self.kind = kind
        """The class of the failure: ``transient``, ``bug``, ``timeout``, ``invalid_request`` ..."""
        self.decided = disposition
        """What was decided about it."""


class WaitExpired(StepError):
    """Nobody signalled within the time given."""

    code = "wait_expired"


class ChildError(StepError):
    """A child run failed or was cancelled."""

    code = "child_failed"


class RunFailed(StratumError):
    """The run failed; its recorded error is in the message."""

    code = "run_failed"

    def __init__(self, message: str, *, run_id: str, cause: str, kind: str) -> None:
        super().__init__(message)
        self.run_id = run_id
        self.cause = cause
        self.kind = kind


class RunCancelled(StratumError):
    """The run was cancelled."""

    code = "run_cancelled"


class UnknownRun(NotFound):
    """There is no run of that id in this tenant."""

    code = "unknown_run"


class UnknownAgent(NotFound):
    """The app has no agent of that name."""

    code = "unknown_agent"


class RunIdTaken(Conflict):
    """The id belongs to a run of another agent or with another input."""

    code = "run_id_taken"


class Refused(StratumError):
    """What was asked of a run cannot be done to it; the message says why and what can."""

    code = "refused"


class Misused(StratumError):
    """A handle was used where it may not be; the message says where it may."""

    code = "misused"


class Mismatch(StratumError):
    """The code no longer makes the calls that the journal recorded; the message shows both side by side."""

    code = "mismatch"
    disposition = Disposition.PERSON


class Fenced(StratumError):
    """Another worker holds the run now; this one has written nothing and stops."""

    code = "fenced"
