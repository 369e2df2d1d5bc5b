import asyncio

from stratum.store.wake import Wake, WakeHub


def _subscribe(hub: WakeHub, *topics: str) -> Wake:
    return Wake(hub, topics, lambda: None)


async def test_a_hint_reaches_those_who_wait_for_its_topic() -> None:
    hub = WakeHub()
    with _subscribe(hub, "a", "b") as both, _subscribe(hub, "b") as one:
        hub.hint(["a"])
        assert await both.wait(1)
        assert not await one.wait(0)
        hub.hint(["b", "nobody's"])
        assert await both.wait(1)
        assert await one.wait(1)
        assert not await both.wait(0)


async def test_many_hints_before_the_wait_are_one() -> None:
    hub = WakeHub()
    with _subscribe(hub, "a") as wake:
        for _ in range(3):
            hub.hint(["a"])
        assert await wake.wait(1)
        assert not await wake.wait(0)


async def test_a_hint_to_everybody_reaches_everybody() -> None:
    hub = WakeHub()
    with _subscribe(hub, "a") as first, _subscribe(hub, "b") as second:
        hub.hint_all()
        assert await first.wait(1)
        assert await second.wait(1)


async def test_who_has_left_is_not_counted_and_not_kept() -> None:
    hub = WakeHub()
    with _subscribe(hub, "a") as first:
        with _subscribe(hub, "a"):
            assert hub.count == 2
        assert hub.count == 1
        hub.hint(["a"])
        assert await first.wait(1)
    assert hub.count == 0
    hub.hint(["a"])
    assert not await first.wait(0)


async def test_the_first_who_waits_is_noticed() -> None:
    noticed: list[int] = []
    hub = WakeHub()
    wakes = [Wake(hub, ("a",), lambda: noticed.append(hub.count)) for _ in range(3)]
    with wakes[0], wakes[1]:
        pass
    with wakes[2]:
        pass
    assert noticed == [1, 1]


async def test_a_cancelled_wait_keeps_the_hint_that_comes_later() -> None:
    hub = WakeHub()
    with _subscribe(hub, "a") as wake:
        waiting = asyncio.create_task(wake.wait(10))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        wake.set()
        assert await wake.wait(1)
