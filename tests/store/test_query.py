from collections.abc import Iterator
from pathlib import Path

import pytest

from stratum.store.query import Queries, load_queries
from tests.store.packages import package_of

SHARED = """
-- name: find
-- Find it.
SELECT body FROM item WHERE id = :id AND tenant = :tenant /* skip locked */;

-- name: add
-- Add one.
INSERT INTO item VALUES (:tenant, :id);
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of the name ``queried``, whose SQL files a test writes."""
    with package_of("queried", {"queries.sql": SHARED}, tmp_path, monkeypatch) as package:
        yield package


def _load(folder: Path, **texts: str) -> Queries:
    for name, text in texts.items():
        (folder / f"queries{name and '.' + name}.sql").write_text(text)
    return load_queries("queried")


def test_a_query_has_its_name_its_purpose_and_a_text_for_each_database(folder: Path) -> None:
    find = _load(folder).find
    assert (find.name, find.purpose, find.set_based) == ("find", "Find it.", False)
    assert find.sqlite == "SELECT body FROM item WHERE id = :id AND tenant = :tenant /* skip locked */"
    assert find.postgres == "SELECT body FROM item WHERE id = %(id)s AND tenant = %(tenant)s FOR UPDATE SKIP LOCKED"
    assert find.parameters == {"id", "tenant"}


def test_queries_can_be_walked_in_their_order(folder: Path) -> None:
    assert [query.name for query in _load(folder)] == ["find", "add"]


def test_an_override_holds_on_its_database_alone(folder: Path) -> None:
    queries = _load(
        folder,
        sqlite="-- name: find\n-- Find it here.\nSELECT 1 AS sqlite;\n",
        postgres="-- name: add\n-- Add. (set)\nINSERT INTO item SELECT * FROM unnest(:tenant::text[], :id::int[]);",
    )
    assert queries.find.sqlite == "SELECT 1 AS sqlite"
    assert "FOR UPDATE" in queries.find.postgres
    assert queries.add.sqlite == "INSERT INTO item VALUES (:tenant, :id)"
    assert queries.add.postgres == "INSERT INTO item SELECT * FROM unnest(%(tenant)s::text[], %(id)s::int[])"
    assert queries.add.set_based
    assert not queries.find.set_based


@pytest.mark.parametrize(
    ("text", "postgres"),
    [
        ("SELECT ':no', :yes", "SELECT ':no', %(yes)s"),
        ("SELECT 'it''s :no', :yes", "SELECT 'it''s :no', %(yes)s"),
        ('SELECT ":no", :yes', 'SELECT ":no", %(yes)s'),
        ("SELECT -- :no\n :yes", "SELECT -- :no\n %(yes)s"),
        ("SELECT /* :no\n */ :yes", "SELECT /* :no\n */ %(yes)s"),
        ("SELECT x::text, :yes::text", "SELECT x::text, %(yes)s::text"),
        ("SELECT '12:30', a[1:2], :yes", "SELECT '12:30', a[1:2], %(yes)s"),
        ("SELECT 'a%' LIKE :yes", "SELECT 'a%%' LIKE %(yes)s"),
    ],
)
def test_only_a_parameter_is_a_parameter(folder: Path, text: str, postgres: str) -> None:
    query = _load(folder, **{"": f"-- name: find\n-- Find it.\n{text};"}).find
    assert query.postgres == postgres
    assert query.parameters == {"yes"}


def test_a_name_that_does_not_exist_is_an_error_that_lists_the_others(folder: Path) -> None:
    with pytest.raises(AttributeError, match="no query 'fnid'; there are: add, find"):
        _ = _load(folder).fnid


def test_the_same_name_twice_is_an_error(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"queried/queries.sql has two queries named 'add'"):
        _load(folder, **{"": SHARED + "\n-- name: add\n-- Again.\nSELECT 1;"})


def test_a_package_without_queries_has_none(folder: Path) -> None:
    (folder / "queries.sql").unlink()
    assert list(load_queries("queried")) == []
