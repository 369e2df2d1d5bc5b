"""The checks of runs: all is well in ordinary life, and each fault is found."""

import pytest

from stratum import App, Run, Stratum
from stratum.kernel.health import Check, Level
from stratum.runs.rows import health
from stratum.runs.rows.health import CHECKS, count_runs, live_workers, takes
from stratum.store.query import Query
from stratum.store.tx import Tx
from stratum.testing import eventually

app = App("health")


@app.agent()
async def quick(run: Run) -> int:
    return await run.step("one", int)


@app.agent()
async def waiting(run: Run) -> object:
    answer: object = await run.wait("answer")
    return answer


# What is done to a store, and the one check that finds it. Each line stands for a fault that no code of ours makes.
FAULTS = [
    ("journals", "UPDATE run SET head = head + 1 WHERE id = 'done'", "done (its state says 4 events"),
    ("journals", "DELETE FROM run_event WHERE run_id = 'done' AND seq = 2", "and 2 are there)"),
    ("lists", "DELETE FROM run_age WHERE run_id = 'done'", "done"),
    ("queues", "DELETE FROM run_ready WHERE run_id = 'ready'", "ready"),
    ("fair order", "DELETE FROM run_share", "quick of tenant acme (queue default)"),
    ("running runs", "UPDATE run SET status = 'running', worker = 'w' WHERE id = 'done'", "done"),
    ("held runs", "INSERT INTO run_active VALUES ('w', 'acme', 'done', 'default', '')", "done"),
    ("waiting runs", "UPDATE run SET status = 'waiting', wake_at = 5 WHERE id = 'done'", "done"),
    ("timers", "INSERT INTO run_timer VALUES (5, 'acme', 'done')", "done"),
    (
        "schedules",
        "INSERT INTO run_schedule VALUES ('acme', 's', 'a', '1', 'default', 0, '{}', '', '{}', 5, NULL, 0, 5)",
        "s",
    ),
    ("workers", "INSERT INTO worker VALUES ('w', 'h', 7, 0, 'b', 0, 1, '[]')", "w (process 7, last seen "),
]  # fmt: skip


async def found(stratum: Stratum) -> dict[str, list[str]]:
    """Return what each check finds, those that find something."""
    wrong: dict[str, list[str]] = {}
    for check in CHECKS:
        after: object = None
        for _ in range(100):
            look = await stratum.store.read(check.look, after, tenants=("acme",))
            if look.wrong:
                wrong.setdefault(check.name, []).extend(look.wrong)
            after = look.after
            if after is None:
                break
    return wrong


async def lived(stratum: Stratum) -> Stratum:
    """Bring a store into ordinary life: a run is done, one waits, and one is ready."""
    acme = stratum.tenant("acme")
    async with stratum.worker(linger_seconds=0.01):
        await (await acme.start(quick, id="done")).result()
        handle = await acme.start(waiting, id="waiting")

        async def waits() -> bool:
            return (await handle.status()).status == "waiting"

        await eventually(waits)
    await acme.start(quick, id="ready")
    return acme


def statement(text: str) -> Query:
    return Query("fault", "Break something.", text, text, set_based=False, parameters=frozenset())


async def test_ordinary_life_has_no_faults(store_url: str) -> None:
    async with app.open(store_url) as stratum:
        assert await found(stratum) == {}
        await lived(stratum)
        assert await found(stratum) == {"ready runs": ["quick (queue default)"]}
        async with stratum.worker():
            assert await found(stratum) == {}


@pytest.mark.parametrize(("check", "fault", "said"), FAULTS)
async def test_each_fault_is_found_by_its_check(store_url: str, check: str, fault: str, said: str) -> None:
    def breaks(tx: Tx) -> int:
        return tx.run(statement(fault))

    async with app.open(store_url) as stratum:
        acme = await lived(stratum)
        await acme.start(waiting, id="other")
        before = set(await found(stratum))
        assert await stratum.store.write(breaks, tenants=("acme",)) >= 1
        wrong = await found(stratum)
    assert said in wrong[check][0]
    # A state that is wrong may be at odds with more than one list; nothing else is found.
    assert set(wrong) - before - {"queues", "ready runs"} <= {check}


async def test_journals_are_looked_at_in_parts(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "JOURNALS_AT_ONCE", 2)
    check = next(check for check in CHECKS if check.name == "journals")
    seen: list[int] = []
    async with app.open(store_url) as stratum:
        for tenant in ("a", "b"):
            for number in range(3):
                await stratum.tenant(tenant).start(quick, id=f"r{number}")
        after: object = None
        for _ in range(10):
            look = await stratum.store.read(check.look, after)
            seen.append(look.seen)
            after = look.after
            if after is None:
                break
        assert await stratum.store.read(count_runs) == 6
    assert seen == [2, 2, 2, 0]


async def test_a_worker_that_lives_takes_the_runs_of_its_agents(store_url: str) -> None:
    async with app.open(store_url) as stratum:
        assert await stratum.store.read(live_workers) == []
        async with stratum.worker():
            (worker,) = await stratum.store.read(live_workers)
    assert takes(worker, "default", "quick")
    assert not takes(worker, "default", "other")
    assert not takes(worker, "other", "quick")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_each_check_has_whole_sentences(check: Check) -> None:
    for text in (check.fine, check.wrong, check.advice):
        assert text.endswith(".")
    assert check.fine.format(seen="1")
    assert "id" in check.wrong.format(count="1", which="id")
    assert check.level is not Level.OK
