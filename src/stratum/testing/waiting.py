"""Waiting for a condition, with a bound, where no event tells of it."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, overload

from stratum.kernel.clock import SystemClock

T = TypeVar("T")

_LOOK_SECONDS = 0.005


@overload
async def eventually(condition: Callable[[], Coroutine[Any, Any, T]], *, within: float = 10.0, what: str = "") -> T: ...


@overload
async def eventually(condition: Callable[[], T], *, within: float = 10.0, what: str = "") -> T: ...


async def eventually(condition: Callable[[], Any], *, within: float = 10.0, what: str = "") -> Any:
    """Look again and again until ``condition`` gives something true, and return that.

    Raises:
        AssertionError: nothing true came within so many seconds; the message has ``what`` was waited for.
    """
    clock = SystemClock()
    deadline = clock.monotonic() + within
    while True:
        found = condition()
        value: object = await found if inspect.isawaitable(found) else found
        if value:
            return value
        if clock.monotonic() > deadline:
            message = f"It did not come about within {within:g} s: {what or 'the condition'} gives {value!r}."
            raise AssertionError(message)
        await asyncio.sleep(_LOOK_SECONDS)
