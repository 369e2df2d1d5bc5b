"""Style as a unit test: what a linter does not know about this project, each rule with what to do about a finding.

The rules are in ``tests/tidy``, one function each; ``tests/tidy/exemptions.py`` lists where one does not hold, and
why. ``tests/test_tidy_rules.py`` shows that each rule finds what it is for. A new rule arrives with its check there.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tidy import bans, mirror, queries, shape, sizes, words
from tests.tidy.exemptions import EXEMPTIONS, Exemption
from tests.tidy.tree import Finding, Tree

RULES: list[Callable[[Tree], Iterator[Finding]]] = [
    sizes.modules_fit_one_idea,
    sizes.functions_fit_one_screen,
    sizes.classes_do_one_job,
    sizes.modules_say_what_they_hold,
    bans.time_chance_and_settings_come_from_outside,
    bans.no_text_is_run_as_code,
    bans.tests_never_sleep,
    bans.suppressions_name_their_rule_and_reason,
    queries.no_sql_is_built_from_strings,
    queries.sql_lives_in_sql_files,
    queries.queries_say_what_they_are_for,
    queries.queries_are_used,
    queries.overrides_override_something,
    shape.capabilities_have_one_shape,
    shape.machines_decide_and_do_nothing_else,
    shape.rows_are_the_only_callers_of_queries,
    shape.migrations_tell_their_story,
    mirror.every_module_has_its_test_file,
    mirror.every_test_file_has_its_module,
    mirror.every_module_is_imported,
    mirror.no_leftovers,
    words.changelog_fragments_are_sentences,
    words.no_hosts_and_no_private_paths,
]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree(Path(__file__).parent.parent)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_is_tidy(rule: Callable[[Tree], Iterator[Finding]], tree: Tree) -> None:
    findings = [found for found in rule(tree) if not any(one.covers(rule.__name__, found.path) for one in EXEMPTIONS)]
    if findings:
        pytest.fail("\n".join([rule.__doc__ or "", *map(str, findings)]), pytrace=False)


@pytest.mark.parametrize("exemption", EXEMPTIONS, ids=lambda exemption: f"{exemption.rule}-{exemption.path}")
def test_every_exemption_is_needed(exemption: Exemption, tree: Tree) -> None:
    rule = {rule.__name__: rule for rule in RULES}[exemption.rule]
    assert any(exemption.covers(exemption.rule, found.path) for found in rule(tree)), "It exempts nothing: remove it."
