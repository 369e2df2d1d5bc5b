"""Durable runs: an append-only journal, fenced writers, and workers that resume what others left.

::

              start                 claim                       result
    (nothing) ------> ready <--------------------> running -------------> done
                        ^     worker lost or drained  |  |   error
                        |                             |  +--------------> failed
          timer, signal,|                   all wait  |  |   cancel
          child ended   |                             v  +--------------> cancelled
                        +-------------------------- waiting
                        |                             |  mismatch, poison
                        +--------------------------- parked    (a person continues it)
"""

from stratum.runs.branches import Branch, first, gather
from stratum.runs.capability import RUNS
from stratum.runs.children import ChildOptions, child_result, start_child
from stratum.runs.errors import (
    ChildError,
    Fenced,
    Mismatch,
    Misused,
    Refused,
    RunCancelled,
    RunFailed,
    RunIdTaken,
    StepError,
    UnknownAgent,
    UnknownRun,
    WaitExpired,
)
from stratum.runs.execution import Call, Execution
from stratum.runs.forking import Edits
from stratum.runs.journal import Commit, Done
from stratum.runs.limits import QueueLimits
from stratum.runs.machine import PRIORITY_MAX, Retry
from stratum.runs.records import ENDED, Append, Draft, Event, Kind, NewRun, Part, PartItem, RunRow, Status
from stratum.runs.rows.append import append_each
from stratum.runs.rows.lists import Ended
from stratum.runs.rows.schedules import Schedule, ScheduleRow
from stratum.runs.rows.stream import Piece
from stratum.runs.schedules import Timing
from stratum.runs.service import Runs
from stratum.runs.spec import AgentSpec
from stratum.runs.steps import StepCall, StepOptions, step
from stratum.runs.waits import changed, sleep, value, wait
from stratum.runs.worker import Worker, WorkerOptions

__all__ = [
    "ENDED",
    "PRIORITY_MAX",
    "RUNS",
    "AgentSpec",
    "Append",
    "Branch",
    "Call",
    "ChildError",
    "ChildOptions",
    "Commit",
    "Done",
    "Draft",
    "Edits",
    "Ended",
    "Event",
    "Execution",
    "Fenced",
    "Kind",
    "Mismatch",
    "Misused",
    "NewRun",
    "Part",
    "PartItem",
    "Piece",
    "QueueLimits",
    "Refused",
    "Retry",
    "RunCancelled",
    "RunFailed",
    "RunIdTaken",
    "RunRow",
    "Runs",
    "Schedule",
    "ScheduleRow",
    "Status",
    "StepCall",
    "StepError",
    "StepOptions",
    "Timing",
    "UnknownAgent",
    "UnknownRun",
    "WaitExpired",
    "Worker",
    "WorkerOptions",
    "append_each",
    "changed",
    "child_result",
    "first",
    "gather",
    "sleep",
    "start_child",
    "step",
    "value",
    "wait",
]
