"""The composition root: the only place where everything meets."""

from stratum.app.application import App
from stratum.app.handle import Handle
from stratum.app.opened import Stratum

__all__ = ["App", "Handle", "Stratum"]
