"""Why a module cannot be imported: the author's own line, in few words."""

import traceback
from pathlib import Path

from stratum.kernel.errors import StratumError

_FOREIGN = ("site-packages", "dist-packages", "<frozen")


def explain_import(name: str, error: BaseException) -> str:
    """Return what went wrong while ``name`` was imported, where in the author's code, and what to do."""
    lines = [f"The module {name!r} cannot be imported:"]
    if isinstance(error, SyntaxError):
        lines += _syntax(error)
    else:
        lines += _place(error)
        lines.append(f"    {_said(error)}")
    lines.append(_advice(name, error))
    return "\n".join(lines)


def _syntax(error: SyntaxError) -> list[str]:
    text = (error.text or "").rstrip()
    column = (error.offset or 1) - 1 - (len(text) - len(text.lstrip()))
    shown = [f"        {text.lstrip()}", f"        {' ' * column}^"] if text and column >= 0 else []
    said = f"    {type(error).__name__}: {error.msg}"
    return [f"    {_relative(error.filename or '?')}, line {error.lineno}:", *shown, said]


def _place(error: BaseException) -> list[str]:
    """Return the innermost line of the author's own code, or of any code where the author has none in it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_ours(frame.filename)]
    own = [
        frame for frame in frames if not any(part in frame.filename for part in _FOREIGN) and _is_here(frame.filename)
    ]
    chosen = (own or frames)[-1:]
    return [f"    {_relative(frame.filename)}, line {frame.lineno}: {frame.line or ''}".rstrip() for frame in chosen]


def _said(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it ended the program (exit {error.code!r})"
    if isinstance(error, StratumError):
        return error.message
    return "".join(traceback.format_exception_only(error)).strip()


def _advice(name: str, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"Install what provides {error.name!r} in this environment, or correct the name."
    if isinstance(error, SystemExit):
        return 'Put what the module does as a program under `if __name__ == "__main__":`.'
    return f'Correct it and try again; python -c "import {name}" shows the whole traceback.'


def _is_ours(filename: str) -> bool:
    return filename.startswith(("<frozen", str(Path(__file__).parent))) or "importlib" in Path(filename).parts


def _is_here(filename: str) -> bool:
    return Path(filename).is_relative_to(Path.cwd())


def _relative(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(Path.cwd())) if _is_here(filename) else filename
