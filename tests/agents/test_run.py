"""The handle that an agent's function is given, through an app on both stores."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stratum import Agent, App, Run, RunFailed, Status, StepError
from stratum.testing.killing import DoomedWorker
from stratum.testing.working import QUICK, recorded, settled, working


async def failure_of(agent: Agent[[], Any], app: App, url: str) -> RunFailed:
    """Run an agent that is to fail, and return how."""
    async with working(app, url) as stratum:
        with pytest.raises(RunFailed) as caught:
            await (await stratum.start(agent)).result()
    return caught.value


async def test_what_time_chance_and_ids_gave_is_the_same_after_a_restart(store_url: str) -> None:
    app = App("values")
    seen: list[tuple[datetime, float, str, str]] = []

    @app.agent()
    async def draw(run: Run) -> str:
        drawn = (run.now(), run.random(), run.id(), run.id("order"))
        seen.append(drawn)
        await run.step("mark", lambda: None)
        await run.wait("go", str)
        return drawn[2]

    async with app.open(store_url) as stratum:
        handle = await stratum.start(draw)
        async with DoomedWorker(stratum, **QUICK) as doomed:
            await recorded(handle, "mark")
            doomed.die()
            await doomed.bury()
        await handle.signal("go", "")
        async with stratum.worker(**QUICK):
            assert await handle.result() == seen[0][2]
    assert len(seen) >= 2
    assert len(set(seen)) == 1
    now, number, plain, order = seen[0]
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=5)
    assert 0 <= number < 1
    assert plain.startswith("id_")
    assert order.startswith("order_")


async def test_each_call_draws_anew_and_so_does_each_run(store_url: str) -> None:
    app = App("draws")

    @app.agent()
    async def draw(run: Run) -> tuple[list[float], list[str]]:
        return [run.random() for _ in range(10)], [run.id() for _ in range(10)]

    async with working(app, store_url) as stratum:
        handles = [await stratum.start(draw) for _ in range(3)]
        drawn = await asyncio.gather(*(handle.result() for handle in handles))
    assert len({number for numbers, _ in drawn for number in numbers}) == 30
    assert len({one for _, ids in drawn for one in ids}) == 30


async def test_a_run_knows_its_id_and_its_tenant(store_url: str) -> None:
    app = App("self")

    @app.agent()
    async def who(run: Run) -> str:
        return f"{run.tenant}/{run.run_id}"

    async with working(app, store_url) as stratum:
        assert await (await stratum.tenant("acme").start(who, id="me")).result() == "acme/me"


async def test_calls_in_a_scope_are_counted_afresh_and_named_by_it(store_url: str) -> None:
    app = App("scopes")

    @app.agent()
    async def scoped(run: Run) -> None:
        for _ in range(2):
            with run.scope("part"):
                await run.step("a", lambda: None)
                with run.scope("inner"):
                    await run.step("a", lambda: None)
        await run.step("a", lambda: None)

    async with working(app, store_url) as stratum:
        handle = await stratum.start(scoped)
        await handle.result()
        keys = [event.key for event in await handle.history() if event.kind == "step"]
    assert keys == ["part/a", "part/inner/a", "part#2/a", "part#2/inner/a", "a"]


async def test_a_scope_may_not_be_named_like_a_branch(store_url: str) -> None:
    app = App("bracket")

    @app.agent()
    async def odd(run: Run) -> None:
        with run.scope("map f[0]"):
            await run.step("a", lambda: None)

    assert "leave out the bracket" in str(await failure_of(odd, app, store_url))


async def test_the_branches_of_a_map_are_named_by_key_and_results_come_in_order(store_url: str) -> None:
    app = App("map")

    async def double(run: Run, item: str) -> str:
        return await run.step("double", lambda: item * 2)

    @app.agent()
    async def doubles(run: Run) -> list[str]:
        return await run.map(double, ["b", "a/#\n", "c"], key=lambda item: f"k{item}", limit=2)

    async with working(app, store_url) as stratum:
        handle = await stratum.start(doubles)
        assert await handle.result() == ["bb", "a/#\na/#\n", "cc"]
        keys = {event.key for event in await handle.history() if event.kind == "step"}
    assert keys == {"map double[kb]/double", "map double[ka%2F%23%0A]/double", "map double[kc]/double"}


@pytest.mark.parametrize(
    ("items", "key", "limit", "words"),
    [
        (["a", "b", "a"], str, 16, "Two items of a map have the key 'a'"),
        (["a"], str, 0, "a limit of at least 1"),
        (["a" * 10_000], str, 16, "has 10,000 characters"),
    ],
    ids=["double", "limit", "long"],
)
async def test_what_a_map_cannot_do_is_refused_before_anything_runs(
    sqlite_url: str, items: list[str], key: Callable[[str], str], limit: int, words: str
) -> None:
    app = App("map")
    called: list[str] = []

    async def note(run: Run, item: str) -> None:
        called.append(item)

    @app.agent()
    async def mapping(run: Run) -> None:
        await run.map(note, items, key=key, limit=limit)

    assert words in str(await failure_of(mapping, app, sqlite_url))
    assert called == []


async def test_a_map_that_collects_has_errors_where_values_would_be(store_url: str) -> None:
    app = App("collect")

    def half(number: int) -> int:
        if number % 2:
            message = f"{number} is odd"
            raise ValueError(message)
        return number // 2

    async def halve(run: Run, number: int) -> int:
        return await run.step("halve", half, number)

    @app.agent()
    async def halves(run: Run) -> list[str]:
        found = await run.map(halve, [2, 3, 4], on_error="collect")
        return [one.cause if isinstance(one, StepError) else str(one) for one in found]

    async with working(app, store_url) as stratum:
        assert await (await stratum.start(halves)).result() == ["1", "ValueError: 3 is odd", "2"]


async def test_a_map_of_nothing_is_nothing_and_so_is_a_gather(store_url: str) -> None:
    app = App("nothing")

    async def never(run: Run, item: int) -> int:
        return item

    @app.agent()
    async def nothing(run: Run) -> list[int]:
        return [*await run.map(never, []), *await run.gather()]

    async with working(app, store_url) as stratum:
        assert await (await stratum.start(nothing)).result() == []


@pytest.mark.parametrize("limit", [timedelta(0), timedelta(seconds=-1)])
async def test_a_step_that_may_take_no_time_is_refused(sqlite_url: str, limit: timedelta) -> None:
    app = App("timeout")

    @app.agent()
    async def hasty(run: Run) -> None:
        await run.step("act", lambda: None, timeout=limit)

    assert "of step 'act' must be more than zero" in str(await failure_of(hasty, app, sqlite_url))


async def test_the_first_of_no_branches_is_refused(store_url: str) -> None:
    app = App("first")

    @app.agent()
    async def nobody(run: Run) -> None:
        await run.first()

    error = await failure_of(nobody, app, store_url)
    assert "run.first() needs at least one branch" in str(error)
    assert error.kind == "invalid_input"


async def test_the_first_branch_to_end_gives_the_result_and_the_others_are_stopped(store_url: str) -> None:
    app = App("race")

    @app.agent()
    async def race(run: Run) -> str:
        return await run.first(run.wait("never", str), run.step("quick", lambda: "quick"))

    async with working(app, store_url) as stratum:
        assert await (await stratum.start(race)).result() == "quick"


async def test_what_cannot_be_awaited_is_refused_as_a_branch(store_url: str) -> None:
    app = App("branch")

    @app.agent()
    async def odd(run: Run) -> None:
        await run.gather(3)  # type: ignore[arg-type]  # wrong on purpose

    error = await failure_of(odd, app, store_url)
    assert "3 cannot be awaited: give calls such as run.step(...) or coroutines" in str(error)


async def test_a_run_waits_for_a_signal_and_checks_its_value(store_url: str) -> None:
    app = App("wait")

    @app.agent()
    async def patient(run: Run) -> int:
        return await run.wait("answer", int) + await run.wait("answer", int)

    async with working(app, store_url) as stratum:
        handle = await stratum.start(patient)
        await settled(handle, Status.WAITING)
        assert await handle.signal("other", 100)
        assert await handle.signal("answer", 40)
        assert await handle.signal("answer", 2)
        assert await handle.result() == 42


async def test_new_code_takes_the_new_way_at_a_marked_change(store_url: str) -> None:
    app = App("changed")

    @app.agent()
    async def marked(run: Run) -> bool:
        return run.changed("new way")

    async with working(app, store_url) as stratum:
        assert await (await stratum.start(marked)).result()


async def test_streaming_outside_a_step_is_refused(store_url: str) -> None:
    app = App("emit")

    @app.agent()
    async def loud(run: Run) -> None:
        run.emit("word")

    assert (await failure_of(loud, app, store_url)).kind == "misused"
