"""What commands print: plain sentences and rows for people, JSON for programs.

Standard output carries the answer and nothing else; hints and errors go to standard error. Where standard output is
no terminal, lines are neither coloured, nor wrapped, nor cut. Texts reach the terminal through ``words.plain`` only.
"""

import re
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cached_property
from typing import IO

from pydantic_core import to_json
from rich.console import Console
from rich.text import Text

from stratum.cli.words import plain, safe_lines

_NOT_A_TERMINAL = 100_000
_LABEL = 8
_CHECK = 14
_NARROWEST = 20
_LINES = str.maketrans("├└│─…", "|`|-~")
_UNSAFE = re.compile(r"[^\x20-\x7e\n]")


class Output:
    """Where one command prints."""

    def __init__(self, *, json: bool = False) -> None:
        """Print for programs with ``json``, else for people."""
        self.json_wanted = json
        self.is_terminal = sys.stdout.isatty()

    @cached_property
    def _out(self) -> Console:
        return console(sys.stdout)

    @cached_property
    def _err(self) -> Console:
        return console(sys.stderr)

    @property
    def width(self) -> int:
        """How many columns a row has."""
        return self._out.width

    def row(self, line: Text | str = "") -> None:
        """Print one row; what does not fit the terminal's width is cut off."""
        self._out.print(self._drawn(_text(line)), no_wrap=True, overflow="ellipsis", crop=True)

    def words(self, *pieces: tuple[str, str]) -> None:
        """Print one row of words, each with its style."""
        self.row(Text("  ").join(Text(plain(text), style=style) for text, style in pieces))

    def fact(self, label: str, text: str, style: str = "") -> None:
        """Print a labelled text; a long one goes on below itself."""
        head = f"  {label:<{_LABEL}} "
        for whole in safe_lines(text):
            for line in self._wrapped(whole, self.width - len(head)):
                self.row(Text.assemble((head, "dim"), (line, style)))
                head = " " * len(head)

    def finding(self, level: str, style: str, name: str, text: str) -> None:
        """Print one finding of a check-up; a long one goes on below itself."""
        head = Text.assemble((f"{level:<8}", style), f"{name:<{_CHECK}} ")
        for line in self._wrapped(plain(text), self.width - len(head)):
            self.row(Text.assemble(head, line))
            head = Text(" " * len(head))

    def block(self, text: str, style: str = "") -> None:
        """Print a text of many lines, below a fact."""
        for line in safe_lines(text.rstrip()):
            self.row(Text(" " * (_LABEL + 3) + line, style=style))

    def say(self, line: Text | str) -> None:
        """Print a sentence, wrapped at the terminal's width."""
        self._out.print(_text(line), soft_wrap=not self.is_terminal)

    def json(self, value: object) -> None:
        """Print one JSON document."""
        self._write(to_json(value, indent=2 if self.is_terminal else None, inf_nan_mode="strings").decode())

    def json_line(self, value: object) -> None:
        """Print one JSON document on one line, as one of many."""
        self._write(to_json(value, inf_nan_mode="strings").decode())

    def hint(self, line: str) -> None:
        """Tell somebody who watches what could be done next; a program is not told."""
        if not self.json_wanted and sys.stderr.isatty():
            self._err.print(Text(plain(line), style="dim"))

    def note(self, line: str) -> None:
        """Tell whoever reads standard error."""
        self._err.print(Text(plain(line)), soft_wrap=not sys.stderr.isatty())

    @contextmanager
    def progress(self, what: str, total: int) -> Generator[Callable[[int], None]]:
        """Show a bar on standard error while something long goes on; gives ``advance(count)``.

        Nothing is shown to programs and in pipes.
        """
        if self.json_wanted or not sys.stderr.isatty():
            yield _nobody_looks
            return
        from rich.progress import Progress  # noqa: PLC0415 - only long work pays for importing it

        with Progress(console=self._err, transient=True) as bar:
            task = bar.add_task(what, total=max(1, total))

            def advance(count: int) -> None:
                bar.advance(task, count)

            yield advance

    def _drawn(self, line: Text) -> Text:
        """Return a row with its lines drawn in plain letters, where the output has no others."""
        if not self._out.encoding.lower().startswith("utf"):
            line.plain = line.plain.translate(_LINES)
        return line

    def _wrapped(self, text: str, width: int) -> list[str]:
        if not self.is_terminal:
            return [text]
        return [line.plain.rstrip() for line in Text(text).wrap(self._out, max(_NARROWEST, width))] or [""]

    def _write(self, text: str) -> None:
        # JSON may carry any character as an escape, so that no text of a run can act on a terminal.
        sys.stdout.write(_UNSAFE.sub(_escaped, text) + "\n")
        sys.stdout.flush()


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let the entry point deal with it."""
        raise BrokenPipeError


def console(stream: IO[str]) -> Console:
    """Return a console that takes texts as they are: no markup, no emoji, no guessing what is a number."""
    width = None if stream.isatty() else _NOT_A_TERMINAL
    return _Console(file=stream, markup=False, highlight=False, emoji=False, width=width)


def _nobody_looks(_: int) -> None:
    """Advance a bar that is not shown."""


def _text(line: Text | str) -> Text:
    return line if isinstance(line, Text) else Text(plain(line))


def _escaped(match: re.Match[str]) -> str:
    letter = match[0]
    if letter.isprintable():
        return letter
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))
