"""``stratum fork``: start a new run that takes over what another one has recorded, up to a step, with edits."""

from typing import Annotated, Any

from cyclopts import Parameter

from stratum import App
from stratum.cli.errors import Usage
from stratum.cli.exits import DONE
from stratum.cli.given import read_json
from stratum.cli.opening import find_run, open_existing
from stratum.cli.options import HERE, Json, Place, RunId
from stratum.cli.output import Output
from stratum.cli.target import load_app


async def fork(
    run: RunId,
    /,
    *,
    step: Annotated[str | None, Parameter(help="The first step to do again, by its key in `show`.")] = None,
    args: Annotated[str | None, Parameter(help="Other arguments of that step: a JSON list, @file or -.")] = None,
    result: Annotated[
        str | None, Parameter(help="A result to take instead of doing that step: JSON, @file, -.")
    ] = None,
    input: Annotated[str | None, Parameter(help="Another input of the run: a JSON object; needs --app.")] = None,  # noqa: A002 - the word for it everywhere
    app: Annotated[str | None, Parameter(help="The app as module:attribute, to check --input.")] = None,
    id: Annotated[str | None, Parameter(help="The new run's id.")] = None,
    place: Place = HERE,
    json: Json = False,
) -> int:
    """Fork a run."""
    output = Output(json=json)
    edits = _edits(step, args, result, input)
    if input is not None and app is None:
        message = "The new input has to be checked: say with --app MODULE:APP which app has the agent."
        raise Usage(message)
    async with open_existing(place) as found:
        await find_run(found, place, run)
    async with (load_app(app) if app else App("stratum")).open(place.url, tenant=place.tenant) as stratum:
        handle = await stratum.fork(run, id=id, **edits)
    if json:
        output.json({"id": handle.id, "forked_from": run, "step": step})
    else:
        output.say(handle.id)
        output.hint(f"Watch it: {place.command('tail', handle.id)}")
    return DONE


def _edits(step: str | None, args: str | None, result: str | None, new_input: str | None) -> dict[str, Any]:
    edits: dict[str, Any] = {"step": step}
    if args is not None:
        edits["args"] = read_json(args, "--args")[1]
        if not isinstance(edits["args"], list):
            message = "--args must be a JSON list with the step's arguments in order, such as '[3, \"x\"]'."
            raise Usage(message)
    if result is not None:
        edits["result"] = read_json(result, "--result")[1]
    if new_input is not None:
        edits["input"] = read_json(new_input, "--input")[1]
        if not isinstance(edits["input"], dict):
            message = "--input must be a JSON object with the agent's arguments."
            raise Usage(message)
    return edits
