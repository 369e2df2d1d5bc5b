"""Stratum: durable runs, messages and memory for agents, in one transactional store."""

from stratum.agents import Agent, Done, Run
from stratum.app import App, Demo, Handle, Pack, Stratum
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
    "Demo",
    "Disposition",
    "Done",
    "Handle",
    "InvalidInput",
    "Mismatch",
    "Pack",
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
