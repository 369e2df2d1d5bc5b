"""The joins: the Run handle, and the commit in which a step's result meets what other capabilities keep of it."""

from stratum.agents.agent import Agent, AgentOptions
from stratum.agents.commit import commit_each, committing
from stratum.agents.memory import RunMemory
from stratum.agents.run import Run

__all__ = ["Agent", "AgentOptions", "Run", "RunMemory", "commit_each", "committing"]
