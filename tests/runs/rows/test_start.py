"""Starting runs, many at once."""

from stratum import RunIdTaken, Status
from stratum.runs import NewRun
from stratum.runs.rows.start import start_each
from stratum.store import Tx
from tests.runs.rows.desk import Desk


def new(run_id: str, *, input_hash: str = "h", agent: str = "stay", start_at: int | None = None) -> NewRun:
    return NewRun(
        tenant="default", id=run_id, agent=agent, version="1", queue="default", input="{}", input_hash=input_hash,
        start_at=start_at,
    )  # fmt: skip


async def test_of_equal_starts_in_one_batch_one_is_new_and_of_different_ones_the_first_wins(desk: Desk) -> None:
    runs = [new("a"), new("a"), new("a", input_hash="other"), new("b"), new("a", agent="other")]

    def start(tx: Tx) -> list[bool | BaseException]:
        return start_each(tx, runs)

    answers = await desk.stratum.store.write(start, tenants=("default",))
    assert answers[:2] == [True, False]
    assert isinstance(answers[2], RunIdTaken)
    assert answers[3] is True
    assert isinstance(answers[4], RunIdTaken)
    assert sorted(await desk.take()) == ["a", "b"]


async def test_a_run_that_starts_later_waits_for_its_time(desk: Desk) -> None:
    later = [new("later", start_at=1 << 50), new("now", start_at=1)]
    await desk.stratum.store.write(start_each, later, tenants=("default",))
    assert (await desk.stratum.handle("later").status()).status is Status.WAITING
    looked = await desk.look()
    assert [claim.run.fence.run_id for claim in looked.claims] == ["now"]
    assert looked.next_due == 1 << 50
