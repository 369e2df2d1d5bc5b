from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum.store.arrays import array_literal

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_BIGINT = st.integers(min_value=-(2**63), max_value=2**63 - 1)


@pytest.fixture(scope="module")
def connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    server = request.getfixturevalue("postgres_server")
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        yield connection


def test_texts_and_nothing_come_through(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    @given(st.lists(st.none() | _TEXT | st.sampled_from(["NULL", "null", "", "{", "}", ",", '"', "\\", " a ", "a\nb"])))
    def check(values: list[str | None]) -> None:
        assert connection.execute("SELECT %s::text[]", (array_literal(values),)).fetchone() == (values,)

    check()


def test_numbers_and_nothing_come_through(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    @given(st.lists(st.none() | _BIGINT))
    def check(values: list[int | None]) -> None:
        assert connection.execute("SELECT %s::bigint[]", (array_literal(values),)).fetchone() == (values,)

    check()


@pytest.mark.parametrize(
    ("values", "text"),
    [([], "{}"), ([None], "{NULL}"), ([None, 1], "{NULL,1}"), (["a", None], '{"a",NULL}'), (['"\\'], r'{"\"\\"}')],
)
def test_the_text_is_that_of_the_manual(values: list[object], text: str) -> None:
    assert array_literal(values) == text
