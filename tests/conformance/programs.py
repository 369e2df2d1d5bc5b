"""What other processes do in these tests; run as ``python -m tests.conformance.programs NAME URL ...``.

Each prints one line of JSON for whatever the test is to know, and waits for a line on its input where it says so.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from stratum.kernel.errors import StratumError
from stratum.store import Store, Tx
from stratum.store.open import sqlite_path
from stratum.testing import Faults, Site
from stratum.testing.store_suite.rows import TENANT, Item, ids, put, put_and_wake, put_each, put_next

_LONG = 30.0


def say(**facts: object) -> None:
    """Tell the test something."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def told() -> str:
    """Wait for a line from the test."""
    return await asyncio.to_thread(sys.stdin.readline)


async def making(url: str) -> None:
    """Open the store when told to."""
    say(at="ready")
    await told()
    async with Site(url) as site:
        store = await site.open()
        say(secret=(await store.read(lambda tx: tx.secret)).hex())


async def taking_turns(url: str, name: str, count: str) -> None:
    """Write rows one after another when told to."""
    async with Site(url) as site:
        store = await site.open()
        await store.read(ids, tenants=[TENANT])
        say(at="ready")
        await told()
        for number in range(int(count)):
            if store.features.name == "sqlite":
                await store.write(put_next, name, tenants=[TENANT])
            else:
                await store.write(put, Item(number, name, name), tenants=[name])
        say(at="done")


async def streaming(url: str, name: str) -> None:
    """Write rows without end, several at once, and tell of each that was acknowledged."""
    async with Site(url) as site:
        store = await site.open()
        number = int(name) * 1_000_000

        async def write() -> None:
            nonlocal number
            while True:
                number += 1
                say(kept=await store.write_each(put_each, Item(number, name), tenants=[TENANT]))

        await asyncio.gather(*(write() for _ in range(8)))


async def holding(url: str) -> None:
    """Stop in the middle of a transaction, until this process is ended."""
    async with Site(url) as site:
        store = await site.open()

        def stop(tx: Tx) -> None:
            put(tx, Item(1, "never"))
            say(at="inside")
            sys.stdin.readline()

        await store.write(stop, tenants=[TENANT])


async def waking(url: str, topic: str) -> None:
    """Wait for a hint, then give one to the other topic."""
    async with Site(url) as site:
        store = await site.open()
        with store.subscribe(topic) as wake:
            while await wake.wait(0.3):
                pass
            say(at="waiting")
            hinted = await wake.wait(_LONG)
        say(hinted=hinted, ids=await store.read(ids, tenants=[TENANT]))
        await store.write(put_and_wake, Item(2, "answer"), "answer", tenants=[TENANT])
        await told()


async def reading(url: str) -> None:
    """Read again and again until told to stop; each state has as many rows of one half as of the other."""
    async with Site(url) as site:
        store = await site.open()
        stop = asyncio.create_task(told())
        reads, last = 0, 0
        while not stop.done():
            found = await store.read(ids, tenants=[TENANT])
            assert len(found) % 2 == 0, f"A read saw {len(found)} rows: half of a transaction."
            assert len(found) >= last, "A read saw less than the one before it."
            reads, last = reads + 1, len(found)
            if reads == 1:
                say(at="reading")
        say(reads=reads, last=last)


async def flushing(url: str, count: str, flush: str) -> None:
    """Write from many tasks at once, and tell how many commits that took."""
    faults = Faults()
    async with Site(url) as site:
        store = await site.open(around=faults.around)
        await store.write(put, Item(0), tenants=[TENANT])
        # What is counted from outside begins with this line.
        say(commits=faults.passed("committed"))
        await told()
        for turn in range(100):
            items = [Item(turn * 1_000 + number) for number in range(1, int(count) + 1)]
            await asyncio.gather(
                *(store.write_each(put_each, item, tenants=[TENANT], flush=flush == "flush") for item in items)
            )
        say(commits=faults.passed("committed"))


async def _try(store: Store, item: Item) -> str:
    try:
        await store.write(put, item, tenants=[TENANT])
    except StratumError as error:
        return f"{error.code}: {error}"
    return "kept"


async def filling(url: str) -> None:
    """Write until the disk is full, then make room, and go on. The disk has a file ``ballast`` beside the store."""
    path = sqlite_path(url)
    body = "x" * 20_000
    kept: list[int] = []
    async with Site(url) as site:
        store = await site.open()
        number = 0
        answer = "kept"
        while answer == "kept":
            number += 1
            answer = await _try(store, Item(number, body))
            kept += [number] if answer == "kept" else []
        errors = [answer] + [await _try(store, Item(number + more, body)) for more in (1, 2)]
        seen = await store.read(ids, tenants=[TENANT])
        path.with_name("ballast").unlink()
        after = await _try(store, Item(number + 3, body))
        kept += [number + 3] if after == "kept" else []
    async with Site(url) as site:
        found = await (await site.open()).read(ids, tenants=[TENANT])
    say(errors=errors, seen=seen, kept=kept, after=after, found=found)


async def opening(url: str, account: str = "") -> None:
    """Open a store, as another account where one is named, and tell what comes of it."""
    if account:
        os.setgroups([])
        os.setgid(int(account))
        os.setuid(int(account))
    try:
        async with Site(url) as site:
            store = await site.open(busy_seconds=0.3)
            say(opened=await _try(store, Item(1)))
    except StratumError as error:
        say(code=error.code, said=str(error))


PROGRAMS: dict[str, Callable[..., Awaitable[None]]] = {
    program.__name__: program
    for program in (making, taking_turns, streaming, holding, waking, reading, flushing, filling, opening)
}


def main(name: str, *arguments: str) -> None:
    """Run one of the programs."""
    run: Any = PROGRAMS[name](*arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run)


if __name__ == "__main__":
    main(*sys.argv[1:])
