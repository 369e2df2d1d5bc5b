"""Research: polls paper feeds, recognises works it has handled before, and writes a cited brief of what is new."""

from .agent import app, research_app
from .pack import pack

__all__ = ["app", "pack", "research_app"]
