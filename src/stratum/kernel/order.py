"""Values in an order that is the same in every process, so that equal values have equal texts and digests."""

import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from typing import cast

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

_PLAIN = frozenset({str, int, bool, type(None)})
_write = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_LEAVES = frozenset({str, int, float, bool, bytes, type(None)})


def canonical(value: object) -> str:
    """Return ``value`` as JSON text that does not depend on the order of its keys."""
    if isinstance(value, tuple | list) and all(type(part) in _PLAIN for part in cast("Sequence[object]", value)):
        # The arguments of most calls; what the long way gives, at a fifth of its price.
        return _write(value)
    return _write(to_jsonable_python(value, inf_nan_mode="constants"))


def sets_in_order(value: object) -> object:
    """Return ``value`` with each set in it as a sorted list, because a set's own order differs between processes.

    A value without a set is returned as it is.
    """
    if not _holds_set(value):
        return value
    match value:
        case BaseModel():
            plain = value.model_dump(mode="json", by_alias=True)
            for name, field in type(value).model_fields.items():
                if _holds_set(part := getattr(value, name)):
                    plain[field.serialization_alias or field.alias or name] = sets_in_order(part)
            return plain
        case Mapping():
            mapping = cast("Mapping[object, object]", value)
            return {key: sets_in_order(part) for key, part in mapping.items()}
        case AbstractSet():
            return sorted((sets_in_order(part) for part in cast("AbstractSet[object]", value)), key=canonical)
        case list() | tuple():
            return [sets_in_order(part) for part in cast("Sequence[object]", value)]
        case _:
            return sets_in_order(_fields_of(value))


def _holds_set(value: object) -> bool:
    if type(value) in _LEAVES:
        return False
    if isinstance(value, Mapping):
        parts: Iterable[object] = cast("Mapping[object, object]", value).values()
    elif isinstance(value, list | tuple):
        parts = cast("Sequence[object]", value)
    elif isinstance(value, AbstractSet):
        return True
    else:
        parts = _fields_of(value).values()
    return any(type(part) not in _LEAVES and _holds_set(part) for part in parts)


def _fields_of(value: object) -> dict[str, object]:
    """Return what a model or dataclass is made of; nothing for anything else."""
    if isinstance(value, BaseModel):
        return vars(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return {}
