"""JSON at the edge: how values become text in the store, and how they come back typed.

Values are JSON or pydantic types (models, dataclasses, dates, enums, ...). Encoding and typed decoding are
pydantic's; nothing is ever pickled. What a live call returns is what a replay would return: the value decoded from
its text.
"""

import hashlib
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from functools import lru_cache
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic_core import PydanticSerializationError, from_json, to_json

from stratum.kernel.errors import InvalidInput
from stratum.kernel.limits import VALUE_BYTES_MAX
from stratum.kernel.order import canonical, sets_in_order

T = TypeVar("T")

_SHAPES_KEPT = 4_096

# What is nested too deeply for the decoder, or has a number too long for it, takes at least this many bytes of JSON.
_SURELY_SOUND_BYTES = 300
# A value is stored inside others; this much more nesting must be possible around it.
_WRAPPED = b"[" * 20 + b"%b" + b"]" * 20


def encode(value: object) -> str:
    """Return ``value`` as compact JSON text, which can be decoded again.

    Not-a-number and the infinities keep their names; inside a pydantic model they are what the model's own settings
    make of them, null by default.

    Raises:
        InvalidInput: the value is neither JSON nor a pydantic type, is larger than 16 MiB, nested too deeply, or has
            a number of too many digits.
    """
    try:
        data = to_json(value, inf_nan_mode="constants")
        if VALUE_BYTES_MAX >= len(data) >= _SURELY_SOUND_BYTES:
            from_json(_WRAPPED % data)
    except (PydanticSerializationError, UnicodeEncodeError, ValueError) as error:
        kind = type(value).__name__
        message = f"A value of type {kind} cannot be stored as JSON: {error}. Return JSON or a pydantic model."
        raise InvalidInput(message) from error
    if len(data) > VALUE_BYTES_MAX:
        size = f"{len(data):,} bytes is over the limit of {VALUE_BYTES_MAX:,}"
        message = f"A value of {size}. Store it as a file and pass its path."
        raise InvalidInput(message)
    return data.decode()


def decode(text: str) -> JsonValue:
    """Return the plain JSON value that ``text`` holds.

    Raises:
        InvalidInput: the text is not JSON.
    """
    try:
        value: JsonValue = from_json(text)
    except ValueError as error:
        message = f"This is not JSON: {error}."
        raise InvalidInput(message) from error
    return value


def fingerprint(value: object) -> str:
    """Return a short digest of ``value`` that does not depend on the order of its keys, nor on that of a set.

    128 bits of BLAKE2b over canonical JSON, as 32 hexadecimal letters.

    Raises:
        InvalidInput: the value is neither JSON nor a pydantic type.
    """
    try:
        return hashlib.blake2b(canonical(sets_in_order(value)).encode(), digest_size=16).hexdigest()
    except (PydanticSerializationError, UnicodeEncodeError, ValueError, TypeError, RecursionError) as error:
        message = (
            f"An argument cannot be written as JSON: {error}. Pass JSON or pydantic values as arguments; "
            "close over clients and connections instead of passing them."
        )
        raise InvalidInput(message) from error


class Shape(Generic[T]):
    """A type that values are decoded to and checked against."""

    def __init__(self, annotation: Any) -> None:  # noqa: ANN401 - any type form that pydantic understands
        self.annotation = annotation
        self._plain = annotation in (Any, object, inspect.Parameter.empty)
        try:
            self._adapter: TypeAdapter[T] = TypeAdapter(Any if self._plain else annotation)
        except PydanticUserError as error:
            message = f"Values of type {annotation!r} cannot be decoded from JSON: {error.message}"
            raise InvalidInput(message) from error

    def decode(self, text: str) -> T:
        """Return the value that ``text`` holds, as this type.

        Raises:
            InvalidInput: the text does not fit; the message has the path of each fault.
        """
        if self._plain:
            return decode(text)  # type: ignore[return-value]  # an unannotated value is whatever JSON holds
        try:
            return self._adapter.validate_json(text)
        except ValidationError as error:
            raise InvalidInput(describe(error)) from error

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of this type."""
        return self._adapter.json_schema()


def shape_of(annotation: Any) -> Shape[Any]:  # noqa: ANN401 - any type form that pydantic understands
    """Return the shape of a type; made once per type."""
    try:
        return _shape_of(annotation)
    except TypeError:
        # An annotation may hold things that cannot be looked up, such as a dict of examples.
        return Shape(annotation)


@lru_cache(maxsize=_SHAPES_KEPT)
def _shape_of(annotation: Any) -> Shape[Any]:  # noqa: ANN401 - as shape_of
    return Shape(annotation)


def shape_of_result(function: Callable[..., object]) -> Shape[Any]:
    """Return the shape of what ``function`` returns, awaited or not; plain JSON where it is not annotated."""
    if not inspect.isfunction(function):
        return _shape_of_result(function)
    shape = _result_shapes.get(function)
    if shape is None:
        shape = _result_shapes[function] = _shape_of_result(function)
    return shape


# Weak, because a function made for a single call would keep alive whatever it closes over, such as a whole run.
_result_shapes: WeakKeyDictionary[Callable[..., object], Shape[Any]] = WeakKeyDictionary()


def _shape_of_result(function: Callable[..., object]) -> Shape[Any]:
    annotation = _hints(function).get("return", Any)
    if get_origin(annotation) in (Awaitable, Coroutine):
        annotation = get_args(annotation)[-1]
    return shape_of(annotation)


class Signature:
    """The named arguments of a function as one JSON object, checked at the door."""

    def __init__(self, function: Callable[..., object], *, skip: int) -> None:
        """Read the parameters of ``function`` after its first ``skip`` ones."""
        hints = _hints(function)
        fields: dict[str, Any] = {}
        for parameter in list(inspect.signature(function).parameters.values())[skip:]:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
                message = f"{function.__qualname__} takes {parameter}: a durable function takes named arguments only."
                raise InvalidInput(message)
            default = ... if parameter.default is parameter.empty else parameter.default
            # The alias keeps names that pydantic reserves for itself usable as arguments.
            fields[f"arg_{parameter.name}"] = (hints.get(parameter.name, Any), Field(default, alias=parameter.name))
        config = ConfigDict(extra="forbid", populate_by_name=False, ser_json_inf_nan="constants")
        try:
            self._model: type[BaseModel] = create_model(f"{function.__name__} input", __config__=config, **fields)
        except PydanticUserError as error:
            message = f"{function.__qualname__} has an argument that cannot be decoded from JSON: {error.message}"
            raise InvalidInput(message) from error

    def encode(self, arguments: dict[str, Any]) -> str:
        """Check ``arguments`` and return them as JSON text, defaults filled in.

        Raises:
            InvalidInput: an argument is missing, unknown or of the wrong type; the message has its path.
        """
        try:
            return encode(sets_in_order(self._model.model_validate(arguments)))
        except ValidationError as error:
            raise InvalidInput(describe(error)) from error
        except RecursionError as error:
            message = "An argument is nested too deeply to be stored as JSON."
            raise InvalidInput(message) from error

    def decode(self, text: str) -> dict[str, Any]:
        """Return the typed arguments that ``text`` holds.

        Raises:
            InvalidInput: an argument is missing, unknown or of the wrong type; the message has its path.
        """
        try:
            found = self._model.model_validate_json(text)
        except ValidationError as error:
            raise InvalidInput(describe(error)) from error
        return {name.removeprefix("arg_"): getattr(found, name) for name in type(found).model_fields}

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the arguments."""
        return self._model.model_json_schema()


def positional(function: Callable[..., object], values: list[Any]) -> tuple[Any, ...]:
    """Return plain JSON ``values`` as the positional arguments of ``function``, typed as it annotates them.

    Raises:
        InvalidInput: a value does not fit its parameter; the message has its path.
    """
    hints = _hints(function)
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:
        # Some functions that are not written in Python do not tell their parameters.
        names = []
    typed: list[Any] = []
    for number, value in enumerate(values):
        name = names[number] if number < len(names) else "?"
        try:
            typed.append(shape_of(hints.get(name, Any)).decode(encode(value)))
        except InvalidInput as error:
            message = f"argument {number + 1} ({name}): {error.message}"
            raise InvalidInput(message) from error
    return tuple(typed)


def describe(error: ValidationError) -> str:
    """Return each fault of a validation as ``path: what is wrong``, on one line."""
    faults = [
        f"{_path(fault['loc'])}: {fault['msg']}" for fault in error.errors(include_url=False, include_context=False)
    ]
    return "; ".join(faults)


def _path(location: tuple[int | str, ...]) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "$" + "".join(parts)


def _hints(function: Callable[..., object]) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except (NameError, TypeError):
        # A callable without a readable signature, or with names known only to a type checker, is taken as plain JSON.
        return {}
