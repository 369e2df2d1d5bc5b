"""Workers that are killed on purpose."""

from stratum import App, Run, Status
from stratum.runs import Event, Kind
from stratum.testing.dying import Kill
from stratum.testing.killing import DoomedWorker, by_scope, closed_keys
from stratum.testing.working import QUICK


def event(seq: int, kind: str, key: str, body: str = "1") -> Event:
    return Event(seq, kind, key, seq, "h", body, 5, 1_000 + seq)


async def test_a_worker_that_dies_at_its_first_write_was_never_there(sqlite_url: str) -> None:
    app = App("first")

    @app.agent()
    async def agent(run: Run) -> str:
        return "done"

    async with app.open(sqlite_url) as stratum:
        handle = await stratum.start(agent)
        async with DoomedWorker(stratum, Kill("before", 1), **QUICK) as doomed:
            await doomed.store.dead.wait()
        assert await doomed.bury() == 0
        assert (await handle.status()).status is Status.READY
        async with DoomedWorker(stratum, **QUICK):
            assert await handle.result() == "done"


def test_journals_are_compared_by_scope_and_without_what_is_their_own() -> None:
    one = [event(1, Kind.STEP, "a"), event(2, Kind.VALUE, "now", "17"), event(3, Kind.STEP, "g[0]/b")]
    two = [event(1, Kind.STEP, "a"), event(2, Kind.VALUE, "now", "99"), event(3, Kind.STEP, "g[0]/b")]
    assert by_scope(one) == by_scope([*two, event(4, Kind.LEFT, "a")])
    assert by_scope(one) != by_scope(two[:2])
    assert list(by_scope(one)) == ["", "g[0]/"]


def test_results_are_counted_by_call() -> None:
    events = [event(1, Kind.STEP, "a"), event(2, Kind.ATTEMPT, "b"), event(3, Kind.STEP_FAILED, "b")]
    assert closed_keys(events) == {"a": 1, "b": 1}
