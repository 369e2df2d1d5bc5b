"""The joins: the Run handle, and the commit in which a step's result meets what other capabilities keep of it."""

from stratum.agents.agent import Agent
from stratum.agents.child import Child
from stratum.agents.commit import commit_each, committing
from stratum.agents.memory import Done, RunMemory
from stratum.agents.run import Run
from stratum.agents.starting import AgentOptions, StartOptions, check_name, new_run

__all__ = [
    "Agent",
    "AgentOptions",
    "Child",
    "Done",
    "Run",
    "RunMemory",
    "StartOptions",
    "check_name",
    "commit_each",
    "committing",
    "new_run",
]
