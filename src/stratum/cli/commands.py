"""The commands, as data, in the order of the list that ``stratum --help`` shows.

To add one, write its module and name its function here.
"""

from typing import NamedTuple


class Command(NamedTuple):
    """One command of the command line."""

    name: str
    target: str
    """Its function as ``module:function``; imported when it is called."""
    help: str
    """A sentence for the list of commands; then, behind an empty line, what its own help page says besides."""


COMMANDS = (
    Command(
        "up",
        "stratum.cli.up:up",
        "Execute an app's runs, until stopped.\n\n"
        "Starts one worker here, or several processes with --workers. Ctrl-C or SIGTERM lets each run finish its "
        "step and hands it back; a second one kills.",
    ),
    Command(
        "start",
        "stratum.cli.start:start",
        "Start a run of an agent, and print its id.\n\n"
        "The run is executed by whichever worker is up. With --id the same command can be given again without "
        'starting a second run. Example: stratum start acme:digest --input \'{"topic": "batteries"}\'',
    ),
    Command("runs", "stratum.cli.runs:runs", "List the newest runs."),
    Command(
        "show",
        "stratum.cli.show:show",
        "Show one run: its steps as a tree, its errors, and what it waits for.",
    ),
    Command(
        "tail",
        "stratum.cli.tail:tail",
        "Follow one run while it works, until it has ended.\n\n"
        "The exit code is 0 if the run is done, and 1 if it failed or was cancelled.",
    ),
    Command(
        "cancel",
        "stratum.cli.cancel:cancel",
        "Ask a run to stop.\n\nIt stops at its next await, may clean up, and ends as cancelled.",
    ),
    Command(
        "signal",
        "stratum.cli.signal:signal",
        'Tell a run something that it waits for.\n\nExample: stratum signal RUN approve \'{"by": "Ada"}\'',
    ),
    Command(
        "resume",
        "stratum.cli.resume:resume",
        "Continue a parked run.\n\nMend what it was parked for first; it goes on behind what it has recorded.",
    ),
    Command(
        "fork",
        "stratum.cli.fork:fork",
        "Start a new run that takes over what another one has recorded, up to a step.\n\n"
        "What was recorded before the step counts as done; everything from there on is done again, with the edits. "
        "Example: stratum fork RUN --step 'fetch#2' --result '[]'",
    ),
    Command(
        "schedules",
        "stratum.cli.schedules:schedules",
        "List what is started by the clock, and the slots that were not run; --pause or --resume one.",
    ),
    Command("export", "stratum.cli.carry:export", "Write a run with its whole journal as one JSON document."),
    Command(
        "import",
        "stratum.cli.carry:bring_in",
        "Enter an exported run into this store.\n\n"
        "One that had not ended is parked: resume it once it is stopped where it came from.",
    ),
    Command(
        "demo",
        "stratum.cli.demo:demo",
        "Run a pack's main job on bundled input, with its worker killed in the middle.\n\n"
        "Killed at any moment and started again, it takes up the same run. With --json it prints the result only, "
        "and kills nothing.",
    ),
    Command(
        "migrate",
        "stratum.cli.migrate:migrate",
        "Bring a store's tables up to date, or make the store.\n\n"
        "Workers do this by themselves when they come up; --plan only tells what would be done.",
    ),
    Command(
        "bench",
        "stratum.cli.bench:bench",
        "Measure what this disk or server gives.\n\n"
        "On a scratch store in the current folder, or a scratch schema of the given PostgreSQL database.",
    ),
    Command(
        "doctor",
        "stratum.cli.doctor:doctor",
        "Check a store, and say what is wrong and what to do.\n\n"
        "Changes nothing. The exit code is 1 when something is broken.",
    ),
)
