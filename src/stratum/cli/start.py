"""``stratum start``: start a run of an agent, and wait for its result if asked to."""

import asyncio
from typing import Annotated, Any

from cyclopts import Parameter

from stratum import Agent, InvalidInput, RunCancelled, RunFailed, Stratum
from stratum.app.operations import is_taken
from stratum.cli.errors import Usage
from stratum.cli.exits import DONE, FAILED
from stratum.cli.given import read_json
from stratum.cli.options import HERE, Json, Place, flag
from stratum.cli.output import Output
from stratum.cli.target import load_agent
from stratum.cli.words import listed

Input = Annotated[
    str, Parameter(help="Its arguments: a JSON object, @file, or - for standard input.", allow_leading_hyphen=True)
]
_PATIENCE_SECONDS = 1.0
"""How long a run may be without a worker before whoever waits for it is told."""


async def start(
    target: Annotated[str, Parameter(help="module:function, module:app:agent, or module:app with --agent.")],
    /,
    *,
    input: Input = "{}",  # noqa: A002 - the word for it everywhere
    agent: Annotated[str | None, Parameter(help="The agent's name, where the app has several.")] = None,
    id: Annotated[str | None, Parameter(help="The run's id; giving the same again starts nothing new.")] = None,
    priority: Annotated[int | None, Parameter(help="Higher goes first; by default the agent's own.")] = None,
    wait: Annotated[bool, flag("Wait for the result and print it.")] = False,
    place: Place = HERE,
    json: Json = False,
) -> int:
    """Start a run."""
    output = Output(json=json)
    text, value = read_json(input, "--input")
    app, found = load_agent(target, agent)
    arguments = _checked(found, text, value)
    async with app.open(place.url, tenant=place.tenant) as stratum:
        handle = await stratum.start(found, id=id, priority=priority, input=arguments)
        if not json:
            output.say(handle.id)
        if wait:
            return await _result(output, stratum, handle.id, place)
        if json:
            output.json({"id": handle.id, "agent": found.name})
        else:
            await _hint(output, stratum, handle.id, place)
    return DONE


def _checked(agent: Agent[Any, Any], text: str, value: object) -> dict[str, Any]:
    """Return an agent's typed arguments.

    Raises:
        Usage: the input does not fit; the message has the path of each fault.
    """
    try:
        if isinstance(value, dict):
            return agent.signature.decode(text)
        fault = "$: it should be an object with the agent's arguments"
    except InvalidInput as error:
        fault = error.message
    message = f"The input does not fit the agent {agent.name!r}: {fault}. {_takes(agent)}"
    raise Usage(message)


def _takes(agent: Agent[Any, Any]) -> str:
    """Say which arguments an agent takes."""
    schema = agent.signature.schema()
    needed = schema.get("required", [])
    takes = [
        f"{name}{'' if name in needed else ' (optional)'}: {_type(facts)}"
        for name, facts in schema.get("properties", {}).items()
    ]
    return f"It takes {listed(takes, most=12)}." if takes else "It takes no arguments: leave --input out, or give {}."


def _type(facts: dict[str, Any]) -> str:
    """Say in a word what a JSON Schema admits."""
    if "$ref" in facts:
        return str(facts["$ref"]).rpartition("/")[2]
    choices: list[dict[str, Any]] = facts.get("anyOf", [])
    if choices:
        return " or ".join(_type(choice) for choice in choices)
    items: dict[str, Any] = facts.get("items", {})
    if facts.get("type") == "array" and items:
        return f"array of {_type(items)}"
    return str(facts.get("format") or facts.get("type") or "anything")


async def _result(output: Output, stratum: Stratum, run_id: str, place: Place) -> int:
    """Wait for a run's end and print its result; its failure, with exit code 1."""
    handle = stratum.handle(run_id)
    waiting = asyncio.create_task(handle.result())
    try:
        await asyncio.wait({waiting}, timeout=_PATIENCE_SECONDS)
        if not waiting.done():
            await _hint(output, stratum, run_id, place, to_all=True)
        result = await waiting
    except asyncio.CancelledError:
        waiting.cancel()
        output.note(f"The run goes on without us. Watch it: {place.command('tail', run_id)}")
        raise
    except (RunFailed, RunCancelled) as error:
        if not output.json_wanted:
            raise
        status = (await handle.status()).status
        output.json(
            {"id": run_id, "status": status, "result": None, "error": {"code": error.code, "message": error.message}}
        )
        return FAILED
    if output.json_wanted:
        output.json({"id": run_id, "status": "done", "result": result, "error": None})
    else:
        output.json(result)
    return DONE


async def _hint(output: Output, stratum: Stratum, run_id: str, place: Place, *, to_all: bool = False) -> None:
    """Say how to go on; whoever waits is told in any case that no worker is there."""
    row = await stratum.handle(run_id).status()
    if not await is_taken(stratum, row.queue, row.agent):
        tell = output.note if to_all else output.hint
        tell(f"No living worker takes runs of agent {row.agent!r} now. Start one: {place.command('up', 'APP')}")
    if not to_all:
        output.hint(f"Watch it: {place.command('tail', run_id)}")
