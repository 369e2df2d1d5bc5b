"""A pack: agents for one field of work, found by its entry point in the group ``stratum.packs``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from stratum.app.application import App
from stratum.kernel.errors import NotFound, StratumError

GROUP = "stratum.packs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """How a pack shows itself: one run on bundled or given input, whose worker is killed in the middle."""

    agent: str
    unit: str
    """What one effect handles, such as ``paper``."""
    label: str
    """What is said of the bundled input: that it is made up."""
    log: str
    """The file, below the demonstration's folder, that gets a line for each effect."""
    effect_step: str
    """The name of the step that has the effect."""
    prepare: Callable[[Path | None, Path], Mapping[str, Any]]
    """``prepare(data, folder)`` returns the agent's arguments; without ``data`` it makes the bundled input."""
    summary: Callable[[object], dict[str, Any]]
    """The result for ``--json``."""
    story: Callable[[object], list[str]]
    """The result in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Agents for one field of work."""

    name: str
    title: str
    app: App
    app_path: str
    """The app as ``module:attribute``, for workers in other processes."""
    demo: Demo


def load_pack(name: str) -> Pack:
    """Return an installed pack.

    Raises:
        NotFound: no pack of that name is installed.
        StratumError: the pack cannot be loaded; the message says what is missing.
    """
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        message = f"There is no pack {name!r}; installed are: {', '.join(sorted(found)) or 'none'}."
        raise NotFound(message)
    try:
        pack = found[name].load()
    except ImportError as error:
        install = f"pip install 'stratum-agents[{name}]'"
        message = f"The pack {name!r} cannot be loaded: {error}. Install what it needs: {install}."
        raise StratumError(message) from error
    if not isinstance(pack, Pack):
        message = f"The entry point of pack {name!r} is {pack!r}, not a stratum.Pack."
        raise StratumError(message)
    return pack
