"""An agent: what can be one, and what it is to workers and to unit tests."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from stratum import Agent, App, InvalidInput, Run
from stratum.agents import AgentOptions


class Opaque:
    """What JSON cannot hold."""


async def greet(run: Run, name: str) -> str:
    return f"Hello, {name}!"


def test_an_agent_is_named_like_its_function_unless_told_otherwise() -> None:
    assert Agent(greet, AgentOptions()).name == "greet"
    assert Agent(greet, AgentOptions(name="welcome")).name == "welcome"


async def test_calling_an_agent_runs_it_as_plain_python() -> None:
    no_run = cast("Run", None)
    assert await Agent(greet, AgentOptions())(no_run, "Ada") == "Hello, Ada!"


def test_a_sync_function_is_refused() -> None:
    def hasty(run: Run) -> None: ...

    with pytest.raises(InvalidInput, match="'hasty' must be an `async def` that takes a Run first"):
        Agent(cast("Callable[..., Any]", hasty), AgentOptions())


def test_a_function_without_a_place_for_the_run_is_refused() -> None:
    async def alone() -> None: ...

    with pytest.raises(InvalidInput, match="its first one is the Run"):
        Agent(cast("Callable[..., Any]", alone), AgentOptions())


def test_a_parameter_whose_type_cannot_be_json_is_refused_when_the_agent_is_registered() -> None:
    async def odd(run: Run, client: Opaque) -> None: ...

    app = App("odd")
    with pytest.raises(InvalidInput, match="Opaque"):
        app.agent()(odd)
    assert app.agents == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (AgentOptions(name=" "), "name of an agent"),
        (AgentOptions(version=""), "version"),
        (AgentOptions(queue="a\nb"), "queue"),
        (AgentOptions(priority=1_001), "priority=1001 of agent 'greet'"),
        (AgentOptions(priority=-1_001), "priority=-1001 of agent 'greet'"),
        (AgentOptions(deadline=timedelta(0)), "deadline=0:00:00 of agent 'greet'"),
    ],
)
def test_an_option_that_does_not_fit_is_refused_with_its_name(options: AgentOptions, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Agent(greet, options)
