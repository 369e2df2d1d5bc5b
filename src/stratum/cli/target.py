"""APP and APP:agent: ``module``, ``module:attribute`` or ``module:app:agent``, imported from here and PYTHONPATH."""

import importlib
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from stratum import Agent, App
from stratum.cli.blame import explain_import
from stratum.cli.errors import BadTarget
from stratum.cli.words import listed

_PARTS_MAX = 3


class Target(NamedTuple):
    """What was named."""

    app: App
    agent: Agent[Any, Any] | None


def load_app(given: str) -> App:
    """Return the app that ``module`` or ``module:attribute`` names.

    Raises:
        BadTarget: there is none, or its module cannot be imported.
    """
    target = _load(given)
    if target.agent is not None:
        module = given.partition(":")[0]
        message = f"{given} is an agent, and a worker takes all agents of an app. Give its app: {module}."
        raise BadTarget(message)
    if not target.app.agents:
        message = f"The app {target.app.name!r} has no agents yet. Register a function with @app.agent()."
        raise BadTarget(message)
    return target.app


def load_agent(given: str, name: str | None = None) -> tuple[App, Agent[Any, Any]]:
    """Return the agent that ``module:function``, ``module:app:agent`` or ``module:app`` with ``name`` names.

    Raises:
        BadTarget: there is none, or its module cannot be imported.
    """
    app, agent = _load(given)
    if agent is not None and name is None:
        return app, agent
    if name is not None:
        return app, _named(app, name)
    if len(app.agents) == 1:
        return app, next(iter(app.agents.values()))
    message = f"{given} names the app {app.name!r}, not an agent. Say which with --agent: {_agents(app)}."
    raise BadTarget(message)


def _load(given: str) -> Target:
    parts = given.split(":")
    if len(parts) > _PARTS_MAX or not all(parts):
        message = f"{given!r} names no app. Give module, module:app, module:function or module:app:agent."
        raise BadTarget(message)
    module = _import(parts[0])
    if len(parts) == 1:
        return Target(_only_app(module), None)
    found = _attribute(module, parts[1])
    if isinstance(found, App):
        return Target(found, _named(found, parts[2]) if len(parts) == _PARTS_MAX else None)
    if len(parts) == _PARTS_MAX:
        message = (
            f"{parts[0]}:{parts[1]} is of type {type(found).__name__}; only an App has agents such as {parts[2]!r}."
        )
        raise BadTarget(message)
    if parts[1] in _of_kind(module, Agent):
        return _with_its_app(module, parts[1], found)
    hint = " Register it with @app.agent()." if callable(found) else ""
    message = f"{given} is neither an App nor an agent; it is of type {type(found).__name__}.{hint}"
    raise BadTarget(message)


def _import(name: str) -> ModuleType:
    if name.endswith(".py") or "/" in name:
        module = name.removesuffix(".py").strip("./").replace("/", ".")
        message = f"{name!r} is a file; give its module's name instead: {module}."
        raise BadTarget(message)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        # What a module prints while it is imported is no answer of ours.
        with redirect_stdout(sys.stderr):
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise BadTarget(_no_module(name)) from None
        raise BadTarget(explain_import(name, error)) from error
    except (Exception, SystemExit) as error:
        raise BadTarget(explain_import(name, error)) from error


def _no_module(name: str) -> str:
    here = Path.cwd()
    modules = sorted(path.stem for path in here.glob("*.py"))
    near = get_close_matches(name, modules, n=1)
    meant = f" Did you mean {near[0]}?" if near else f" Modules here: {listed(modules)}." if modules else ""
    return (
        f"There is no module {name!r} in {here} or on PYTHONPATH.{meant} "
        "Go to the folder that holds it, or put that folder on PYTHONPATH."
    )


def _attribute(module: ModuleType, name: str) -> object:
    if hasattr(module, name):
        found: object = getattr(module, name)
        return found
    apps, agents = _apps(module), _of_kind(module, Agent)
    known = [*(f"{module.__name__}:{app}" for app in apps), *(f"{module.__name__}:{agent}" for agent in agents)]
    has = f"It has {listed(known, most=10)}." if known else "It has no App either."
    message = f"The module {module.__name__!r} has no {name!r}. {has}"
    raise BadTarget(message)


def _only_app(module: ModuleType) -> App:
    apps = _apps(module)
    if len(set(map(id, apps.values()))) == 1:
        return next(iter(apps.values()))
    if not apps:
        message = (
            f"The module {module.__name__!r} has no App. Make one in it: app = App({module.__name__!r}), "
            "or name the module that has it."
        )
    else:
        choices = listed([f"{module.__name__}:{name}" for name in apps], most=10)
        message = f"The module {module.__name__!r} has several Apps. Say which: {choices}."
    raise BadTarget(message)


def _with_its_app(module: ModuleType, name: str, agent: object) -> Target:
    for app in _apps(module).values():
        for known in app.agents.values():
            if known is agent:
                return Target(app, known)
    message = f"The module {module.__name__!r} has the agent {name!r} but not its App. Name both: module:app:{name}."
    raise BadTarget(message)


def _named(app: App, name: str) -> Agent[Any, Any]:
    agent = app.agents.get(name)
    if agent is None:
        near = get_close_matches(name, app.agents, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        message = f"The app {app.name!r} has no agent {name!r}.{meant} It has: {_agents(app)}."
        raise BadTarget(message)
    return agent


def _apps(module: ModuleType) -> dict[str, App]:
    found: Mapping[str, App] = _of_kind(module, App)
    return dict(found)


def _of_kind(module: ModuleType, kind: type) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if isinstance(value, kind)}


def _agents(app: App) -> str:
    return listed(sorted(app.agents), most=20) or "none"
