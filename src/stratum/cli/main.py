"""The entry point: parses the command line, calls the command, and turns errors into sentences and exit codes."""

import os
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper
from typing import NoReturn

from cyclopts import App, CycloptsError, UnusedCliTokensError

from stratum.cli.commands import COMMANDS
from stratum.cli.exits import DONE, FAILED, INTERRUPTED, MEANING, USAGE, exit_code
from stratum.cli.words import safe_lines
from stratum.kernel.errors import StratumError

_HELP = "Durable runs for agents: start them, execute them, look at them, mend them."


def program() -> NoReturn:
    """Run this process's command line, and end the process.

    It ends at once: a step that hangs on a thread cannot hold up a worker that was stopped, and nobody who kills a
    command finds it half gone.
    """
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _never_fail_on_a_letter()
    try:
        code = _parser()(words, result_action="return_value", exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except UnusedCliTokensError as error:
        return _misused(words, f"What is {' '.join(error.unused_tokens or [])!r} for? It is one word too many.")
    except CycloptsError as error:
        return _misused(words, str(error))
    except StratumError as error:
        return _complain(words, error.code, error.message, exit_code(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does; what is left of it may go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # noqa: BLE001 - the last place where an unforeseen error can be told in words
        traceback.print_exc()
        message = (
            f"This is a fault in Stratum ({type(error).__name__}: {error}). Please report it with the lines above."
        )
        return _complain(words, "fault", message, FAILED)
    return code if isinstance(code, int) else DONE


def _parser() -> App:
    parser = App(
        name="stratum",
        help=_HELP,
        help_format="plaintext",
        help_epilogue=MEANING,
        version=_version,
        suppress_keyboard_interrupt=False,
    )
    for place, command in enumerate(COMMANDS):
        parser.command(command.target, name=command.name, help=command.help, sort_key=place, help_epilogue="")
    return parser


def _version() -> str:
    from stratum.app.application import build  # noqa: PLC0415 - only --version needs it

    return build()


def _misused(words: Sequence[str], message: str) -> int:
    named = [command.name for command in COMMANDS if words and command.name == words[0]]
    return _complain(words, "usage", f"{message} See `{' '.join(['stratum', *named, '--help'])}`.", USAGE)


def _complain(words: Sequence[str], code: str, message: str, exits: int) -> int:
    """Tell what went wrong: in words on standard error, and to a program as JSON in the place of its answer."""
    from stratum.cli.output import Output, console  # noqa: PLC0415 - only an error pays for importing it

    if "--json" in words:
        Output(json=True).json({"error": {"code": code, "message": message}})
    from rich.text import Text  # noqa: PLC0415 - only an error pays for importing it

    text = Text.assemble(("error: ", "bold red"), "\n".join(safe_lines(message)))
    console(sys.stderr).print(text, soft_wrap=not sys.stderr.isatty())
    return exits


def _never_fail_on_a_letter() -> None:
    """Let letters that the terminal's encoding lacks be written out instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
