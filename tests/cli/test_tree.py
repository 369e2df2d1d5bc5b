"""Journals as trees: scopes and branches nest by the paths of their keys."""

from stratum import Kind
from stratum.cli.tree import build_tree, path_of
from tests.cli.journal_rows import event


def test_paths_are_split_at_scopes_and_branches() -> None:
    assert path_of("fetch#2") == ["fetch#2"]
    assert path_of("after/fetch") == ["after", "fetch"]
    assert path_of("map read[3]/inner#2/fetch") == ["map read", "[3]", "inner#2", "fetch"]
    assert path_of("map read[a%2Fb%23c%25[x]]/fetch") == ["map read", "[a/b#c%[x]]", "fetch"]


def test_calls_stand_in_the_order_in_which_they_were_recorded() -> None:
    keys = ["b", "map f[1]/x", "map f[0]/x", "a", "map f[1]/y"]
    root = build_tree([event(Kind.STARTED, ""), *(event(Kind.STEP, key) for key in keys)])
    assert list(root.children) == ["b", "map f", "a"]
    assert list(root.children["map f"].children) == ["[1]", "[0]"]
    assert list(root.children["map f"].children["[1]"].children) == ["x", "y"]
    assert [node.name for node in root.walk()] == ["", "b", "map f", "[1]", "x", "y", "[0]", "x", "a"]


def test_a_call_gathers_what_was_recorded_of_it() -> None:
    root = build_tree(
        [event(Kind.ATTEMPT, "a"), event(Kind.ATTEMPT, "a"), event(Kind.STEP_FAILED, "a"), event(Kind.LEFT, "a")]
    )
    node = root.children["a"]
    assert len(node.attempts) == 2
    assert node.closing is not None
    assert node.closing.kind == Kind.STEP_FAILED
    assert node.failed
    assert node.left
    assert not node.is_open


def test_a_call_without_a_result_is_open() -> None:
    root = build_tree([event(Kind.TIMER, "sleep", 5), event(Kind.STEP, "scope/a")])
    assert root.children["sleep"].is_open
    assert root.children["sleep"].timer is not None
    assert not root.children["scope"].is_open


def test_a_first_and_its_branches_are_one_row() -> None:
    root = build_tree([event(Kind.STEP, "first[0]/a"), event(Kind.STEP, "first", "0")])
    assert list(root.children) == ["first"]
    assert root.children["first"].closing is not None
