"""What programs get: names and meanings that stay."""

from stratum import Kind
from stratum.cli.shapes import event_shape, run_shape
from tests.cli.journal_rows import NOW, ROW, event


def test_an_event_has_its_body_as_json() -> None:
    assert event_shape(event(Kind.STEP, "a/b", {"x": [1]}, took=7)) == {
        "seq": 2, "kind": "step", "key": "a/b", "at": "2027-01-15T08:00:00.000Z", "took_ms": 7, "body": {"x": [1]},
        "erased": False,
    }  # fmt: skip


def test_an_erased_body_is_told_from_null() -> None:
    assert event_shape(event(Kind.STEP, body=None))["erased"] is False
    erased = event_shape(event(Kind.STEP)._replace(body=""))
    assert (erased["body"], erased["erased"]) == (None, True)


def test_a_runs_times_are_in_utc() -> None:
    assert NOW == 1_800_000_000_000
    assert run_shape(ROW)["created_at"] == "2027-01-15T07:59:55.000Z"
