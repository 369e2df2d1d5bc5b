"""Waiting for what a test means, with a bound: the only place of the test kit that lets time pass."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(
    condition: Callable[[], T | Awaitable[T]], *, within: float = 10.0, every: float = 0.005, what: str = ""
) -> T:
    """Return the first true value of ``condition``, asked again and again; it may be async.

    Raises:
        AssertionError: it was not true ``within`` that many seconds.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        found = condition()
        value: T = await found if inspect.isawaitable(found) else found
        if value:
            return value
        if loop.time() >= end:
            message = f"Not within {within} s: {what or getattr(condition, '__qualname__', condition)}; last: {value!r}"
            raise AssertionError(message)
        await asyncio.sleep(every)
