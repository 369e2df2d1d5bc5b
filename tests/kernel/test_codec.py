import functools
import gc
import math
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from stratum.kernel.codec import (
    Shape,
    Signature,
    decode,
    describe,
    encode,
    fingerprint,
    positional,
    shape_of,
    shape_of_result,
)
from stratum.kernel.errors import InvalidInput
from stratum.kernel.limits import VALUE_BYTES_MAX

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT
_JSON: st.SearchStrategy[JsonValue] = st.recursive(
    _LEAVES, lambda parts: st.lists(parts) | st.dictionaries(_TEXT, parts), max_leaves=20
)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Point(BaseModel):
    x: int
    y: Decimal = Decimal(0)


class Picture(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    raw: bytes


@dataclass
class Visit:
    when: datetime
    who: str


class Pair(NamedTuple):
    left: int
    right: str


def _nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@given(_JSON)
@example([math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308])
@example({"": {"a\0b": "\x7f\u2028"}})
@example(10**300)
def test_json_comes_back_as_it_went_in(value: JsonValue) -> None:
    assert decode(encode(value)) == value
    assert encode(decode(encode(value))) == encode(value)


def test_not_a_number_comes_back() -> None:
    assert encode([math.nan, {"a": math.nan}]) == '[NaN,{"a":NaN}]'
    found = decode(encode([math.nan]))
    assert isinstance(found, list)
    assert math.isnan(float(str(found[0])))
    assert math.isnan(shape_of(float).decode(encode(math.nan)))


_WHEN = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy puts the zone on
_TYPED: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (datetime, _WHEN),
    (date, st.dates()),
    (time, st.times()),
    (timedelta, st.timedeltas(min_value=timedelta(days=-10_000), max_value=timedelta(days=10_000))),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    (UUID, st.uuids()),
    (Colour, st.sampled_from(Colour)),
    (bytes, _TEXT.map(str.encode)),
    (Point, st.builds(Point, x=st.integers(), y=st.decimals(-1000, 1000, places=3))),
    (Picture, st.builds(Picture, raw=st.binary())),
    (Visit, st.builds(Visit, when=_WHEN, who=_TEXT)),
    (Pair, st.builds(Pair, st.integers(), _TEXT)),
    (tuple[int, ...], st.lists(st.integers()).map(tuple)),
    (dict[int, str], st.dictionaries(st.integers(), _TEXT)),
    (set[str], st.sets(_TEXT)),
    (list[Point | None], st.lists(st.none() | st.builds(Point, x=st.integers()))),
]


@pytest.mark.parametrize(("annotation", "values"), _TYPED, ids=[str(annotation) for annotation, _ in _TYPED])
def test_typed_values_come_back_as_their_type(
    annotation: Any,  # noqa: ANN401 - any type form that there is
    values: st.SearchStrategy[object],
) -> None:
    @given(values)
    def check(value: object) -> None:
        found = shape_of(annotation).decode(encode(value))
        assert found == value
        assert type(found) is type(value)

    check()


@pytest.mark.parametrize(
    "value",
    [object(), "\ud800", {"a": "\udfff"}, b"\xff", len, [{"deep": object()}]],
    ids=["object", "surrogate", "surrogate inside", "bytes that are no text", "function", "object inside"],
)
def test_what_is_no_json_is_refused_with_its_type(value: object) -> None:
    with pytest.raises(InvalidInput, match=f"type {type(value).__name__} cannot be stored"):
        encode(value)
    with pytest.raises(InvalidInput, match="cannot be written as JSON"):
        fingerprint(value)


def test_a_value_that_holds_itself_is_refused() -> None:
    circle: list[object] = []
    circle.append(circle)
    for function in (encode, fingerprint):
        with pytest.raises(InvalidInput):
            function(circle)


@pytest.mark.parametrize(
    "value",
    [10**4_400, [10**4_400], _nested(190), _nested(230), _nested(5_000)],
    ids=["long number", "long number in a list", "deep", "deeper", "deepest"],
)
def test_what_could_not_be_decoded_again_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        encode(value)


def test_what_is_encoded_can_be_decoded_inside_others() -> None:
    text = encode(_nested(170))
    assert decode(f'{{"result":[{text}]}}') == {"result": [_nested(170)]}


@pytest.mark.parametrize("letter", ["a", "ä", "😀"])
def test_the_largest_value_is_measured_in_bytes(letter: str) -> None:
    fits = (VALUE_BYTES_MAX - 2) // len(letter.encode())
    assert len(encode(letter * fits).encode()) <= VALUE_BYTES_MAX
    with pytest.raises(InvalidInput, match="bytes is over the limit"):
        encode(letter * (fits + 1))


@pytest.mark.parametrize("text", ["", "{", "nul", '"\\ud800', "[1,]", "1 2"])
def test_text_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not JSON"):
        decode(text)


@given(st.dictionaries(_TEXT, _LEAVES))
def test_a_fingerprint_does_not_depend_on_the_order_of_keys(value: dict[str, JsonValue]) -> None:
    other = {key: value[key] for key in reversed(list(value))}
    assert fingerprint(value) == fingerprint(other)
    assert len(fingerprint(value)) == 32


@given(_JSON, _JSON)
def test_a_fingerprint_tells_values_apart(left: JsonValue, right: JsonValue) -> None:
    assert (fingerprint(left) == fingerprint(right)) == (encode(left) == encode(right) or left == right)


def test_a_fingerprint_depends_on_the_order_of_a_list_and_not_of_a_set() -> None:
    assert fingerprint([1, 2]) != fingerprint([2, 1])
    assert fingerprint({"b", "a", "c"}) == fingerprint(["a", "b", "c"])


def test_a_fingerprint_never_changes() -> None:
    # Journals hold these: a change here would make every run of an older version a mismatch.
    assert fingerprint([]) == "7ebb3c7c2a87b1a2f8a7ed729ecb040d"
    value: JsonValue = [1, 2.5, None, True, "ä", {"b": [], "a": {}}]
    assert fingerprint(value) == "70a47e69cfb7f6b4e29f49cfa533cd2a"


def test_a_value_of_the_wrong_type_is_refused_with_its_path() -> None:
    with pytest.raises(InvalidInput, match=r"\$\[1\]\.x: Input should be a valid integer"):
        shape_of(list[Point]).decode('[{"x": 1}, {"x": "one"}]')


def test_an_unannotated_value_is_whatever_json_holds() -> None:
    for annotation in (Any, object):
        assert Shape[Any](annotation).decode('{"a": [1, null]}') == {"a": [1, None]}
    with pytest.raises(InvalidInput):
        shape_of(Any).decode("{")


def test_a_type_that_is_not_json_is_refused_when_it_is_named() -> None:
    class Client:
        pass

    with pytest.raises(InvalidInput, match="cannot be decoded from JSON"):
        shape_of(Client)


def test_a_shape_is_made_once_per_type() -> None:
    assert shape_of(list[int]) is shape_of(list[int])


def test_an_annotation_may_hold_anything() -> None:
    annotation: Any = Annotated[int, {"examples": [1]}]
    assert shape_of(annotation).decode("1") == 1


def _typed() -> Point:
    raise NotImplementedError


async def _awaited() -> Point:
    raise NotImplementedError


def _awaiting() -> Awaitable[Point]:
    raise NotImplementedError


def _unknown() -> int:
    raise NotImplementedError


def test_the_shape_of_a_result_is_what_is_returned_in_the_end() -> None:
    for function in (_typed, _awaited, _awaiting):
        assert shape_of_result(function).decode('{"x":1}') == Point(x=1)


def test_a_function_without_a_readable_return_type_gives_plain_json() -> None:
    _unknown.__annotations__["return"] = "NoSuchType"
    for function in (_unknown, max, functools.partial(_typed)):
        assert shape_of_result(function).decode('{"x":1}') == {"x": 1}


def test_a_function_that_nobody_needs_any_more_is_forgotten() -> None:
    def passing() -> int:
        return 1

    gone = weakref.ref(passing)
    shape_of_result(passing)
    del passing
    gc.collect()
    assert gone() is None


async def _agent(run: object, topic: str, *, limit: int = 3, point: Point | None = None) -> None: ...


def test_arguments_are_checked_and_filled_in() -> None:
    signature = Signature(_agent, skip=1)
    text = signature.encode({"topic": "ä", "point": {"x": 1}})
    assert decode(text) == {"topic": "ä", "limit": 3, "point": {"x": 1, "y": "0"}}
    assert signature.decode(text) == {"topic": "ä", "limit": 3, "point": Point(x=1)}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, r"\$\.topic: Field required"),
        ({"topic": 1}, r"\$\.topic: Input should be a valid string"),
        ({"topic": "a", "limit": "many"}, r"\$\.limit: Input should be a valid integer"),
        ({"topic": "a", "surprise": 1}, r"\$\.surprise: Extra inputs are not permitted"),
        ({"topic": "a", "point": {"x": "?"}}, r"\$\.point\.x: Input should be a valid integer"),
    ],
)
def test_a_wrong_argument_is_refused_with_its_path(arguments: dict[str, Any], said: str) -> None:
    signature = Signature(_agent, skip=1)
    with pytest.raises(InvalidInput, match=said):
        signature.encode(arguments)
    with pytest.raises(InvalidInput, match=said):
        signature.decode(encode(arguments))


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        Signature(_agent, skip=1).encode({"limit": "x", "other": 1})
    assert str(refused.value).count("; ") == 2


def test_an_argument_may_have_any_name() -> None:
    def awkward(run: object, *, model_dump: int, schema: int, copy: int, arg_x: int, json: int = 5) -> None: ...

    arguments = {"model_dump": 1, "schema": 2, "copy": 3, "arg_x": 4}
    signature = Signature(awkward, skip=1)
    assert signature.decode(signature.encode(arguments)) == {**arguments, "json": 5}


def test_arguments_keep_their_own_serialisation() -> None:
    def work(run: object, picture: Picture, ratio: float = math.inf) -> None: ...

    signature = Signature(work, skip=1)
    assert signature.decode(signature.encode({"picture": Picture(raw=b"\xff")})) == {
        "picture": Picture(raw=b"\xff"),
        "ratio": math.inf,
    }


def test_equal_sets_make_equal_inputs() -> None:
    def work(run: object, tags: set[str]) -> None: ...

    signature = Signature(work, skip=1)
    assert signature.encode({"tags": {"c", "a", "b"}}) == '{"tags":["a","b","c"]}'
    assert signature.decode('{"tags":["a","b"]}') == {"tags": {"a", "b"}}


def test_an_argument_may_carry_constraints() -> None:
    def work(run: object, share: Annotated[float, Field(ge=0, le=1)] = 0.5) -> None: ...

    with pytest.raises(InvalidInput, match=r"\$\.share: Input should be less than or equal to 1"):
        Signature(work, skip=1).encode({"share": 2})


def _rest(run: object, *rest: int) -> None: ...
def _more(run: object, **more: int) -> None: ...
def _placed(run: object, place: int, /) -> None: ...


@pytest.mark.parametrize("function", [_rest, _more, _placed])
def test_a_function_that_takes_unnamed_arguments_is_refused(function: Callable[..., object]) -> None:
    with pytest.raises(InvalidInput, match="takes named arguments only"):
        Signature(function, skip=1)


def test_an_argument_that_is_no_json_is_refused_at_the_door() -> None:
    class Client:
        pass

    def work(run: object, client: Client) -> None: ...

    with pytest.raises(InvalidInput, match="cannot be decoded from JSON"):
        Signature(work, skip=1)


def test_an_argument_nested_too_deeply_is_refused() -> None:
    def work(run: object, value: list[object]) -> None: ...

    with pytest.raises(InvalidInput):
        Signature(work, skip=1).encode({"value": _nested(700)})


def test_schemas_name_the_arguments_as_callers_do() -> None:
    assert set(Signature(_agent, skip=1).schema()["properties"]) == {"topic", "limit", "point"}
    assert shape_of(Point).schema()["properties"]["x"] == {"title": "X", "type": "integer"}


def test_a_fault_without_a_place_is_at_the_root() -> None:
    with pytest.raises(InvalidInput, match=r"^\$: "):
        shape_of(int).decode('"x"')


def test_describe_puts_every_fault_on_one_line() -> None:
    with pytest.raises(ValidationError) as caught:
        Point.model_validate({"x": "a", "y": "b"})
    assert "\n" not in describe(caught.value)


def test_plain_values_become_the_arguments_that_a_function_annotates() -> None:
    def work(where: Point, when: date, *rest: int, name: str = "") -> None: ...

    assert positional(work, [{"x": 1}, "2026-11-20"]) == (Point(x=1), date(2026, 11, 20))
    assert positional(work, []) == ()
    assert positional(max, [1, "a"]) == (1, "a")


def test_a_plain_value_that_does_not_fit_is_refused_with_its_parameter() -> None:
    def work(first: int, where: Point) -> None: ...

    with pytest.raises(InvalidInput, match=r"argument 2 \(where\): \$\.x: Input should be a valid integer"):
        positional(work, [1, {"x": "one"}])
    with pytest.raises(InvalidInput, match=r"argument 3 \(\?\)"):
        positional(work, [1, {"x": 1}, object()])
