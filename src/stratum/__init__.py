"""Stratum: durable runs, messages and memory for agents, in one transactional store."""

from stratum.agents import Agent, Done, Run
from stratum.app import App, Demo, Handle, Pack, Stratum
from stratum.kernel.errors import Disposition, InvalidInput, StratumError, Unavailable
from stratum.runs import (
    Event,
    Kind,
    Mismatch,
    QueueLimits,
    Retry,
    RunCancelled,
    RunFailed,
    RunIdTaken,
    RunRow,
    Status,
    StepError,
    UnknownAgent,
    UnknownRun,
    WaitExpired,
)

__all__ = [
    "Agent",
    "App",
    "Demo",
    "Disposition",
    "Done",
    "Event",
    "Handle",
    "InvalidInput",
    "Kind",
    "Mismatch",
    "Pack",
    "QueueLimits",
    "Retry",
    "Run",
    "RunCancelled",
    "RunFailed",
    "RunIdTaken",
    "RunRow",
    "Status",
    "StepError",
    "Stratum",
    "StratumError",
    "Unavailable",
    "UnknownAgent",
    "UnknownRun",
    "WaitExpired",
]
