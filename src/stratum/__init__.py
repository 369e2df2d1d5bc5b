"""Stratum: durable runs, messages and memory for agents, in one transactional store."""

from stratum.agents import Agent, Run
from stratum.app import App, Handle, Stratum
from stratum.kernel.errors import Disposition, InvalidInput, StratumError, Unavailable
from stratum.runs import (
    Mismatch,
    QueueLimits,
    Retry,
    RunCancelled,
    RunFailed,
    RunIdTaken,
    Status,
    StepError,
    UnknownAgent,
    UnknownRun,
    WaitExpired,
)

__all__ = [
    "Agent",
    "App",
    "Disposition",
    "Handle",
    "InvalidInput",
    "Mismatch",
    "QueueLimits",
    "Retry",
    "Run",
    "RunCancelled",
    "RunFailed",
    "RunIdTaken",
    "Status",
    "StepError",
    "Stratum",
    "StratumError",
    "Unavailable",
    "UnknownAgent",
    "UnknownRun",
    "WaitExpired",
]
