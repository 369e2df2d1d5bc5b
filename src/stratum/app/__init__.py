"""The composition root: the only place where everything meets."""

from stratum.app.application import App
from stratum.app.handle import Handle
from stratum.app.opened import Stratum
from stratum.app.pack import Demo, Pack, load_pack

__all__ = ["App", "Demo", "Handle", "Pack", "Stratum", "load_pack"]
