"""``stratum demo``: a pack's main job on bundled or given input, with its own worker killed in the middle."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from stratum.app.pack import load_pack
from stratum.cli.demo_run import DemoRun, Place
from stratum.cli.demo_story import tell_story
from stratum.cli.errors import Usage
from stratum.cli.exits import DONE
from stratum.cli.options import Json, Store
from stratum.cli.output import Output


async def demo(
    pack: Annotated[str, Parameter(help="The pack, such as research.")] = "research",
    /,
    *,
    data: Annotated[Path | None, Parameter(help="A directory of real input; made-up input by default.")] = None,
    folder: Annotated[Path, Parameter(help="Where its files go.")] = Path("stratum-demo"),
    kill: Annotated[bool, Parameter(help="Kill the worker in the middle; by default unless --json is given.")] = True,
    store: Store = None,
    json: Json = False,
) -> int:
    """Run the main job of a pack."""
    found = load_pack(pack)
    output = Output(json=json)
    home = folder / pack
    try:
        home.mkdir(parents=True, exist_ok=True)
        arguments = found.demo.prepare(data, home)
    except OSError as error:
        message = f"The folder {home} cannot be used: {error.strerror or error}. Give another one with --folder."
        raise Usage(message) from error
    place = Place(home, store or f"sqlite:///{home / 'demo.db'}")
    run = DemoRun(found, place, dict(arguments))
    async with found.app.open(place.url) as stratum:
        handle = await run.begin(stratum)
        if json or not kill:
            result = await run.work_here(stratum, handle)
        else:
            result = await tell_story(run, handle, output, bundled=data is None)
        if json:
            output.json(found.demo.summary(result))
        elif not kill:
            for line in found.demo.story(result):
                output.say(line)
    sys.stdout.flush()
    run.shown(handle)
    return DONE
