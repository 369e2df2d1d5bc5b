"""Modules that cannot be imported: the author's own line is shown, and what to do."""

from pathlib import Path

import pytest

from stratum.cli.errors import BadTarget
from stratum.cli.target import load_app

pytestmark = pytest.mark.usefixtures("folder")


def blame(text: str) -> list[str]:
    Path("mine.py").write_text(text)
    with pytest.raises(BadTarget) as caught:
        load_app("mine")
    return caught.value.message.splitlines()


def test_a_missing_package_is_named_with_the_line_that_wants_it() -> None:
    assert blame("import json\nimport requestz\n") == [
        "The module 'mine' cannot be imported:",
        "    mine.py, line 2: import requestz",
        "    ModuleNotFoundError: No module named 'requestz'",
        "Install what provides 'requestz' in this environment, or correct the name.",
    ]


def test_a_wrong_syntax_is_shown_with_a_pointer() -> None:
    lines = blame("def f():\n    return (1\n")
    assert lines[1] == "    mine.py, line 2:"
    assert lines[2][lines[3].index("^")] == "("
    assert lines[4].startswith("    SyntaxError: '(' was never closed")


def test_the_innermost_line_of_ones_own_code_is_shown() -> None:
    Path("inner.py").write_text("import json\n\ndef load():\n    return json.loads('{')\n")
    lines = blame("import inner\ninner.load()\n")
    assert lines[1] == "    inner.py, line 4: return json.loads('{')"
    assert lines[2].startswith("    json.decoder.JSONDecodeError: ")
    assert lines[3] == 'Correct it and try again; python -c "import mine" shows the whole traceback.'


def test_a_wrong_agent_is_told_in_our_words() -> None:
    lines = blame("from stratum import App\napp = App('x')\n@app.agent()\ndef f(run): ...\n")
    assert lines[1].startswith("    mine.py, line 3: @app.agent()")
    assert lines[2] == "    The agent 'f' must be an `async def` that takes a Run first."


def test_a_module_that_ends_the_program_is_told_where_programs_go() -> None:
    lines = blame("import sys\nsys.exit(3)\n")
    assert lines[2] == "    it ended the program (exit 3)"
    assert "__main__" in lines[3]


def test_a_missing_part_of_a_package_is_not_taken_for_a_missing_package() -> None:
    assert "json.nothing" in blame("import json.nothing\n")[2]
