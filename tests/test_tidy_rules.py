"""Each tidy rule finds what it is for, and is content once it is mended."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.test_tidy import RULES
from tests.tidy import bans, mirror, queries, shape, sizes, words
from tests.tidy.tree import Finding, Tree

LONG_FUNCTION = "def long():\n" + "    go()\n" * 70
QUERY = "-- name: pick\n-- The next one.\nSELECT id FROM run;\n"
STORY = "-- What runs keep.\n--\n-- run   one row each\n"
CAPABILITY = {
    "src/stratum/runs/__init__.py": '"""Runs."""\n',
    "src/stratum/runs/capability.py": "",
    "src/stratum/runs/queries.sql": "",
    "src/stratum/runs/rows.py": "",
}


class Case(NamedTuple):
    """A tree that breaks a rule, words of the finding, and the files that mend it (None removes one)."""

    rule: Callable[[Tree], Iterator[Finding]]
    broken: dict[str, str]
    said: str
    mended: dict[str, str | None]


CASES = [
    Case(
        sizes.modules_fit_one_idea,
        {"src/stratum/runs/rows.py": "x = 1\n" * 601},
        "601 lines",
        {"src/stratum/runs/rows.py": "x = 1\n" * 200},
    ),
    Case(
        sizes.modules_fit_one_idea,
        {"src/a.py": "x = 1\n" * 401, "src/b.py": "x = 1\n" * 401, "src/c.py": "", "src/d.py": "", "src/e.py": ""},
        "only one module in 10",
        {"src/b.py": ""},
    ),
    Case(
        sizes.modules_fit_one_idea,
        {"src/a.py": "x = 1\n" * 201},
        "median module has 201 lines",
        {"src/a.py": "x = 1\n" * 200},
    ),
    Case(
        sizes.functions_fit_one_screen,
        {"src/a.py": LONG_FUNCTION + "def short(): ...\n" * 19},
        "long has 71 lines",
        {"src/a.py": 'def fine():\n    """Say\n    it.\n    """\n' + "    go()\n" * 44},
    ),
    Case(
        sizes.functions_fit_one_screen,
        {"src/a.py": "def soft():\n" + "    go()\n" * 45 + "def short(): ...\n" * 18},
        "only one function in 20",
        {"src/b.py": "def another(): ...\n"},
    ),
    Case(
        sizes.classes_do_one_job,
        {"src/a.py": "class Wide:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(21))},
        "21 public methods",
        {"src/a.py": "class Wide:\n" + "    def same(self): ...\n" * 21},
    ),
    Case(
        sizes.classes_do_one_job,
        {"src/a.py": "class Long:\n" + "    x = 1\n" * 400},
        "Long has 401 lines",
        {"src/a.py": ""},
    ),
    Case(
        sizes.modules_say_what_they_hold,
        {"src/stratum/runs/utils.py": ""},
        "'utils' says nothing",
        {"src/stratum/runs/utils.py": None},
    ),
    Case(
        bans.time_chance_and_settings_come_from_outside,
        {"src/stratum/runs/rows.py": "from datetime import datetime as dt\n\nat = dt.now()\n"},
        "No datetime.datetime.now here",
        {"src/stratum/runs/rows.py": None, "src/stratum/kernel/clock.py": "import time\n\nat = time.time()\n"},
    ),
    Case(
        bans.time_chance_and_settings_come_from_outside,
        {"packs/research/stratum_research/a.py": "import os\n\nkey = os.environ['KEY']\n"},
        "No os.environ here",
        {"packs/research/stratum_research/a.py": "import os\n\nname = os.fspath('a')\n"},
    ),
    Case(
        bans.no_text_is_run_as_code,
        {"tests/test_a.py": "eval('1')\n"},
        "No eval here",
        {"tests/test_a.py": "model.eval()\n"},
    ),
    Case(
        bans.no_text_is_run_as_code,
        {"src/a.py": "from pickle import loads\n"},
        "No pickle here",
        {"src/a.py": "import json\n"},
    ),
    Case(
        bans.tests_never_sleep,
        {"tests/test_a.py": "import asyncio\n\nasyncio.sleep(0.1)\n"},
        "No asyncio.sleep here",
        {"tests/test_a.py": "import asyncio\n\nasyncio.sleep(0)\n"},
    ),
    Case(
        bans.suppressions_name_their_rule_and_reason,
        {"src/a.py": "x = 1  # noqa\n"},
        "Name the rule",
        {"src/a.py": "x = 1  # noqa: E501 - the address cannot be broken\n"},
    ),
    Case(
        bans.suppressions_name_their_rule_and_reason,
        {"src/a.py": "x = 1  # type: ignore[misc]\n"},
        "Say why",
        {"src/a.py": "x = 1  # type: ignore[misc]  # the library's stub is wrong\n"},
    ),
    Case(
        bans.suppressions_name_their_rule_and_reason,
        {"src/a.py": "# pyright: basic\n"},
        "not a whole file",
        {"src/a.py": "text = '# pyright: basic'\n"},
    ),
    Case(
        queries.no_sql_is_built_from_strings,
        {"src/stratum/store/a.py": "text = f'SELECT id FROM {table}'\n"},
        "SQL built from a string",
        {"src/stratum/store/a.py": "text = f'Select one from {table}'\n"},
    ),
    Case(
        queries.no_sql_is_built_from_strings,
        {"src/a.py": "text = 'delete from %s' % table\n"},
        "SQL built",
        {"src/a.py": "x = 1\n"},
    ),
    Case(
        queries.sql_lives_in_sql_files,
        {"src/stratum/runs/rows.py": "tx.run('UPDATE run SET state = 1')\n"},
        "move it to queries.sql",
        {
            "src/stratum/runs/rows.py": None,
            "src/stratum/store/sqlite.py": "connection.execute('PRAGMA user_version')\n",
        },
    ),
    Case(
        queries.queries_say_what_they_are_for,
        {"src/stratum/runs/queries.sql": "-- name: pick\nSELECT id FROM run;\n"},
        "Say what pick is for",
        {"src/stratum/runs/queries.sql": QUERY},
    ),
    Case(
        queries.queries_are_used,
        {"src/stratum/runs/queries.sql": QUERY, "src/stratum/runs/rows.py": ""},
        "calls pick: remove it",
        {"src/stratum/runs/rows.py": "found = tx.one(Q.pick)\n"},
    ),
    Case(
        queries.overrides_override_something,
        {"src/stratum/runs/queries.postgres.sql": QUERY},
        "pick exists on one database only",
        {"src/stratum/runs/queries.sqlite.sql": QUERY},
    ),
    Case(
        shape.capabilities_have_one_shape,
        {**CAPABILITY, "src/stratum/runs/__init__.py": ""},
        "Begin the package with a docstring",
        {"src/stratum/runs/__init__.py": '"""Runs."""\n'},
    ),
    Case(
        shape.capabilities_have_one_shape,
        {path: text for path, text in CAPABILITY.items() if "capability" not in path},
        "capability.py is missing",
        {"src/stratum/runs/capability.py": ""},
    ),
    Case(
        shape.machines_decide_and_do_nothing_else,
        {"src/stratum/runs/machine.py": "import asyncio\n"},
        "needs no asyncio",
        {"src/stratum/runs/machine.py": "import enum\n"},
    ),
    Case(
        shape.rows_are_the_only_callers_of_queries,
        {"src/stratum/runs/service.py": "Q = load_queries('stratum.runs')\n"},
        "Only rows runs queries",
        {"src/stratum/runs/service.py": None, "src/stratum/runs/rows/claim.py": "Q = load_queries('stratum.runs')\n"},
    ),
    Case(
        shape.rows_are_the_only_callers_of_queries,
        {"src/stratum/runs/rows.py": "async def claim(): ...\n"},
        "make it sync",
        {"src/stratum/runs/rows.py": "def claim(): ...\n"},
    ),
    Case(
        shape.migrations_tell_their_story,
        {"src/stratum/runs/migrations/0001_create.sql": STORY, "src/stratum/runs/migrations/0003_more.sql": ""},
        "without a gap",
        {"src/stratum/runs/migrations/0003_more.sql": None},
    ),
    Case(
        shape.migrations_tell_their_story,
        {"src/stratum/runs/migrations/0001_create.sql": "CREATE TABLE run (id TEXT);\n"},
        "tells the story",
        {"src/stratum/runs/migrations/0001_create.sql": STORY},
    ),
    Case(
        mirror.every_module_has_its_test_file,
        {"src/stratum/runs/machine.py": "def decide():\n    return 1\n"},
        "Test it in tests/runs/test_machine.py",
        {"tests/runs/test_machine.py": ""},
    ),
    Case(
        mirror.every_module_has_its_test_file,
        {"packs/research/stratum_research/feeds.py": "def read():\n    return 1\n"},
        "Test it in tests/packs/research/test_feeds.py",
        {"packs/research/stratum_research/feeds.py": "class Feed(Protocol):\n    def read(self):\n        ...\n"},
    ),
    Case(
        mirror.every_test_file_has_its_module,
        {"tests/runs/test_gone.py": ""},
        "no module for it",
        {"src/stratum/runs/gone.py": ""},
    ),
    Case(
        mirror.every_module_is_imported,
        {"src/stratum/runs/rows.py": ""},
        "No module imports it",
        {"src/stratum/runs/__init__.py": "from stratum.runs import rows\n"},
    ),
    Case(
        mirror.every_module_is_imported,
        {"src/stratum/cli.py": "", "tests/test_cli.py": "import stratum.cli\n"},
        "src/stratum/cli.py: No module imports it",
        {"pyproject.toml": "[project.scripts]\nstratum = 'stratum.cli:main'\n"},
    ),
    Case(
        mirror.no_leftovers,
        {"src/stratum/runs/rows.py.orig": "x = 1\n"},
        "left this behind",
        {"src/stratum/runs/rows.py.orig": None},
    ),
    Case(
        mirror.no_leftovers,
        {"docs/empty.md": "\n"},
        "The file is empty",
        {"docs/empty.md": "Words.\n", "src/stratum/py.typed": ""},
    ),
    Case(
        words.changelog_fragments_are_sentences,
        {"changes/runs.md": "Runs resume.\n"},
        "Name it",
        {"changes/runs.md": None},
    ),
    Case(
        words.changelog_fragments_are_sentences,
        {"changes/7.fixed.md": "# runs resume\n"},
        "Write whole sentences",
        {"changes/7.fixed.md": "Runs resume.\n"},
    ),
    Case(
        words.no_hosts_and_no_private_paths,
        {"docs/a.md": "See {}home/ann/notes.\n".format("/")},
        "path on somebody's machine",
        {"docs/a.md": "See example.org/home/ann and ~/notes.\n"},
    ),
    Case(
        words.no_hosts_and_no_private_paths,
        {"Makefile": "get https://{}.org\n".format("pypi")},
        "registry's host",
        {"Makefile": "get it\n"},
    ),
]


def _write(root: Path, files: dict[str, str] | dict[str, str | None]) -> Tree:
    for name, text in files.items():
        path = root / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(root)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule.__name__}: {case.said}")
def test_a_rule_finds_what_it_is_for_and_is_content_once_it_is_mended(case: Case, tmp_path: Path) -> None:
    broken = _write(tmp_path, {"pyproject.toml": "[project]\n", **case.broken})
    said = [str(found) for found in case.rule(broken)]
    assert any(case.said in message for message in said), said
    assert [str(found) for found in case.rule(_write(tmp_path, case.mended))] == []


def test_every_rule_has_a_case() -> None:
    assert {rule.__name__ for rule in RULES} == {case.rule.__name__ for case in CASES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_tree_of_which_little_exists_is_tidy(rule: Callable[[Tree], Iterator[Finding]], tmp_path: Path) -> None:
    tree = _write(tmp_path, {"pyproject.toml": "[project]\n", "src/stratum/__init__.py": '"""Stratum."""\n'})
    assert list(rule(tree)) == []
