import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from stratum.kernel.order import canonical, sets_in_order

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_JSON: st.SearchStrategy[JsonValue] = st.recursive(
    _LEAVES, lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts), max_leaves=20
)


class _Tags(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64")
    names: set[str] = Field(default=set(), alias="tags")
    raw: bytes = b"\xff"
    inner: "_Tags | None" = None


@dataclass(slots=True)
class _Basket:
    fruits: frozenset[str]


def _shuffled(value: JsonValue) -> JsonValue:
    """The same value with the keys of each object the other way round."""
    if isinstance(value, dict):
        return {key: _shuffled(value[key]) for key in reversed(list(value))}
    return [_shuffled(part) for part in value] if isinstance(value, list) else value


@given(_JSON)
def test_the_order_of_keys_does_not_show(value: JsonValue) -> None:
    assert canonical(value) == canonical(_shuffled(value))


@given(_JSON, _JSON)
def test_different_values_differ(left: object, right: object) -> None:
    if canonical(left) == canonical(right):
        assert left == right


@given(_JSON)
def test_a_value_without_a_set_is_left_as_it_is(value: object) -> None:
    assert sets_in_order(value) is value


@given(st.lists(st.text() | st.integers() | st.tuples(st.integers(), st.text())))
def test_a_set_becomes_a_sorted_list(members: list[object]) -> None:
    turned = list(reversed(members))
    there = canonical(sets_in_order({"in": [set(members)]}))
    assert there == canonical(sets_in_order({"in": [set(turned)]}))
    assert len(json.loads(there)["in"][0]) == len(set(members))


def test_sets_inside_models_and_dataclasses_are_found() -> None:
    model = _Tags(tags={"b", "a"}, inner=_Tags(tags={"d", "c"}))
    assert sets_in_order([model, _Basket(frozenset({"y", "x"}))]) == [
        {"tags": ["a", "b"], "raw": "_w==", "inner": {"tags": ["c", "d"], "raw": "_w==", "inner": None}},
        {"fruits": ["x", "y"]},
    ]


@pytest.mark.slow
def test_two_processes_agree_about_a_set() -> None:
    program = "from stratum.kernel.codec import fingerprint; print(fingerprint([set('abcdefgh'), {'x': {'y', 'z'}}]))"
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path("src").absolute())},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def test_canonical_text_is_json_without_spaces() -> None:
    text = canonical({"b": [1, 2.5, None], "a": "ä"})
    assert text == '{"a":"ä","b":[1,2.5,null]}'
    assert json.loads(text) == {"a": "ä", "b": [1, 2.5, None]}
