"""What a queue lets happen at once: the arithmetic, and the whole on both stores."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum import App, InvalidInput, QueueLimits, Run
from stratum.runs.limits import TOKEN, Bucket, Room, allot, fill, next_token_at, parse_rate
from stratum.runs.machine import Share
from stratum.testing.working import working


@pytest.mark.parametrize(
    ("rate", "parsed"),
    [("10/s", (10, 1_000)), ("100/m", (100, 60_000)), ("5/30s", (5, 30_000)), ("1/2h", (1, 7_200_000))],
)
def test_a_rate_is_a_number_of_starts_in_a_time(rate: str, parsed: tuple[int, int]) -> None:
    assert parse_rate(rate) == parsed


@pytest.mark.parametrize("rate", ["", "10", "10/", "0/s", "5/0s", "-1/s", "10/w", "ten/s"])
def test_what_is_no_rate_is_refused_with_an_example(rate: str) -> None:
    with pytest.raises(InvalidInput, match="such as 10/s"):
        QueueLimits(rate=rate)


@pytest.mark.parametrize("limit", [{"concurrency": 0}, {"per_tenant": -1}, {"per_key": 10_001}, {"weights": {"a": 0}}])
def test_a_limit_out_of_range_is_refused(limit: dict[str, int]) -> None:
    with pytest.raises(InvalidInput, match="out of range"):
        QueueLimits(**limit)  # type: ignore[arg-type]  # wrong on purpose


@given(st.integers(1, 1_000), st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_bucket_never_overflows_and_never_loses_what_flowed_in(count: int, ms: int, more: int) -> None:
    rate = f"{count}/s"
    once = fill(Bucket(0, 0), rate, ms + more)
    twice = fill(fill(Bucket(0, 0), rate, ms), rate, ms + more)
    assert once.tokens <= count * TOKEN
    assert abs(once.tokens - twice.tokens) <= 1


def test_the_next_token_comes_when_the_bucket_holds_one_whole_start() -> None:
    due = next_token_at(Bucket(0, 1_000), "5/s")
    assert due == 1_200
    assert fill(Bucket(0, 1_000), "5/s", due).tokens >= TOKEN


def test_slots_go_to_the_tenant_that_had_least_and_then_in_turns() -> None:
    shares = [Share("q", "a", "busy", 10_000_000), Share("q", "a", "quiet", 9_000_000)]
    given_slots = allot(shares, 5, {"q": Room(100, {}, {})})
    assert given_slots == {shares[0]: 2, shares[1]: 3}


def test_a_heavier_tenant_gets_more_and_no_room_is_overdrawn() -> None:
    shares = [Share("q", "a", "light", 0), Share("q", "a", "heavy", 0)]
    assert allot(shares, 8, {"q": Room(100, {}, {"heavy": 3})}) == {shares[0]: 2, shares[1]: 6}
    assert sum(allot(shares, 8, {"q": Room(3, {}, {})}).values()) == 3
    assert allot(shares, 8, {"q": Room(100, {"heavy": 1}, {})})[shares[1]] == 1


class Crowd:
    """Counts who is inside at once."""

    def __init__(self) -> None:
        self.inside: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def visit(self, *names: str) -> None:
        """Be inside for some turns of the loop."""
        self.inside.update(names)
        for name in names:
            self.most[name] = max(self.most[name], self.inside[name])
        for _ in range(20):
            await asyncio.wait({asyncio.create_task(_nothing())})
        self.inside.subtract(names)


async def _nothing() -> None:
    return None


async def test_a_queue_runs_no_more_at_once_than_its_limits_let_it(store_url: str) -> None:
    app, crowd = App("limits"), Crowd()
    app.queue("tight", QueueLimits(concurrency=3, per_tenant=2, per_key=1))

    @app.agent(queue="tight")
    async def visit(run: Run, key: str) -> None:
        await run.step("visit", crowd.visit, "all", run.tenant, f"{run.tenant}/{key}")

    async with app.open(store_url) as stratum:
        other = stratum.tenant("other")
        handles = [await stratum.start(visit, key=f"k{n % 3}", input={"key": f"k{n % 3}"}) for n in range(12)]
        handles += [await other.start(visit, key=f"k{n % 3}", input={"key": f"k{n % 3}"}) for n in range(12)]
        async with stratum.worker(), stratum.worker():
            await asyncio.gather(*(handle.result() for handle in handles))
    assert crowd.most["all"] == 3
    assert crowd.most["default"] <= 2
    assert all(most == 1 for name, most in crowd.most.items() if "/" in name)


async def test_a_tenant_with_few_runs_does_not_stand_behind_one_with_many(store_url: str) -> None:
    app = App("fair")
    order: list[str] = []

    @app.agent()
    async def note(run: Run) -> None:
        order.append(run.tenant)

    async with app.open(store_url) as stratum:
        many = [await stratum.start(note) for _ in range(300)]
        few = [await stratum.tenant("few").start(note) for _ in range(3)]
        async with stratum.worker(runs_max=10):
            await asyncio.gather(*(handle.result() for handle in [*many, *few]))
    assert max(place for place, tenant in enumerate(order) if tenant == "few") < 20


async def test_a_higher_priority_goes_first(store_url: str) -> None:
    app = App("priority")
    order: list[int] = []

    @app.agent()
    async def note(run: Run, number: int) -> None:
        order.append(number)

    async with app.open(store_url) as stratum:
        handles = [await stratum.start(note, number=number, priority=number) for number in (1, 3, 2)]
        async with stratum.worker(runs_max=1):
            await asyncio.gather(*(handle.result() for handle in handles))
    assert order == [3, 2, 1]


async def test_a_rate_spreads_starts_over_time(store_url: str) -> None:
    app = App("rate")
    app.queue("slow", QueueLimits(rate="4/s"))

    @app.agent(queue="slow")
    async def tick(run: Run) -> float:
        return run.now().timestamp()

    async with working(app, store_url) as stratum:
        handles = [await stratum.start(tick) for _ in range(6)]
        times = sorted(await asyncio.gather(*(handle.result() for handle in handles)))
    assert times[5] - times[0] >= 0.4, "four start at once, the sixth half a second after the first"
