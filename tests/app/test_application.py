"""An app: what can be registered in it, and where it can be opened."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from stratum import App, InvalidInput, QueueLimits, Run
from stratum.app.application import build, migrations
from stratum.kernel.errors import Conflict
from stratum.testing.clock import FakeClock


async def greet(run: Run, name: str = "you") -> str:
    return f"Hello, {name}!"


def is_empty(folder: Path) -> bool:
    return list(folder.iterdir()) == []


def test_two_agents_of_one_name_are_refused_and_the_first_stays() -> None:
    app = App("team")
    first = app.agent()(greet)
    with pytest.raises(Conflict, match="The app 'team' has an agent 'greet' already"):
        app.agent(version="2")(greet)
    assert app.agents == {"greet": first}
    assert app.agent(name="welcome")(greet).name == "welcome"


def test_a_sync_function_cannot_be_an_agent() -> None:
    def hasty(run: Run) -> None: ...

    app = App("team")
    with pytest.raises(InvalidInput, match="must be an `async def`"):
        app.agent()(cast("Callable[..., Any]", hasty))
    assert app.agents == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"priority": 1_001}, "priority=1001"),
        ({"deadline": timedelta(0)}, "deadline=0:00:00"),
        ({"queue": ""}, "cannot be a queue"),
        ({"version": " 1"}, "cannot be a version"),
        ({"name": "a\nb"}, "name of an agent: give 1 to"),
    ],
)
def test_an_option_out_of_range_is_refused(options: dict[str, Any], words: str) -> None:
    app = App("team")
    with pytest.raises(InvalidInput, match=words):
        app.agent(**options)(greet)
    assert app.agents == {}


def test_a_queue_is_declared_once() -> None:
    app = App("team")
    app.queue("slow", QueueLimits(concurrency=1))
    with pytest.raises(Conflict, match="'slow' was declared already"):
        app.queue("slow", QueueLimits(concurrency=2))
    assert app.queues == {"slow": QueueLimits(concurrency=1)}
    with pytest.raises(InvalidInput, match="cannot be a queue"):
        app.queue("", QueueLimits())


def test_a_tenant_has_one_schedule_of_a_name_and_another_tenant_may_have_its_own() -> None:
    app = App("team")
    agent = app.agent(queue="slow", version="3", priority=2)(greet)
    app.schedule("daily", agent, cron="0 7 * * *", input={"name": "Ada"})
    with pytest.raises(Conflict, match="'default' has a schedule 'daily' already"):
        app.schedule("daily", agent, every=timedelta(hours=1))
    app.schedule("daily", agent, every=timedelta(hours=1), tenant="acme")
    daily = app.schedules["default", "daily"]
    assert (daily.agent, daily.queue, daily.version, daily.priority) == ("greet", "slow", "3", 2)
    assert daily.input == '{"name":"Ada"}'
    assert set(app.schedules) == {("default", "daily"), ("acme", "daily")}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cron": "0 7 * * *", "every": timedelta(hours=1)},
        {"cron": "at seven"},
        {"every": timedelta(0)},
        {"cron": "0 7 * * *", "timezone": "Mars/Olympus"},
        {"every": timedelta(hours=1), "jitter": timedelta(seconds=-1)},
        {"every": timedelta(hours=1), "overlap": "maybe"},
        {"every": timedelta(hours=1), "input": {"age": 3}},
        {"every": timedelta(hours=1), "input": {"name": 3}},
        {"every": timedelta(hours=1), "tenant": "Not A Tenant"},
    ],
    ids=["none", "both", "cron", "every", "zone", "jitter", "overlap", "unknown argument", "argument", "tenant"],
)
def test_a_schedule_that_does_not_fit_is_refused(options: dict[str, Any]) -> None:
    app = App("team")
    agent = app.agent()(greet)
    with pytest.raises(InvalidInput):
        app.schedule("daily", agent, **options)
    assert app.schedules == {}


async def test_a_store_is_made_when_it_is_first_opened_and_left_alone_afterwards(store_url: str) -> None:
    app = App("team")
    async with app.open(store_url) as stratum:
        assert stratum.migrated == ("store/0001_create", *(f"{one.capability}/0001_create" for one in migrations()))
    async with app.open(store_url) as stratum:
        assert stratum.migrated == ()


@pytest.mark.parametrize("url", ["", "store.db", "mysql://host/db", "sqlite:"])
async def test_what_is_no_address_of_a_store_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput):
        async with App("team").open(url):
            pass
    assert is_empty(tmp_path)


async def test_a_name_that_is_no_tenants_is_refused_before_the_store_is_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be a tenant"):
        async with App("team").open(f"sqlite:///{tmp_path / 'store.db'}", tenant="Not A Tenant"):
            pass
    assert is_empty(tmp_path)


async def test_the_store_takes_its_time_from_the_clock_that_was_given(store_url: str) -> None:
    app, clock = App("team"), FakeClock(start_ms=2_000_000_000_000)
    agent = app.agent()(greet)
    async with app.open(store_url, clock=clock) as stratum:
        handle = await stratum.start(agent, deadline=timedelta(seconds=1))
        assert (await handle.status()).deadline == 2_000_000_001_000


def test_the_build_has_a_name() -> None:
    assert build()
