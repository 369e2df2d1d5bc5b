"""Exit codes tell a program what kind of thing went wrong."""

import pytest

from stratum import InvalidInput, StratumError, Unavailable, UnknownRun
from stratum.cli.errors import BadJson, BadTarget, NoStore, StoreBehind
from stratum.cli.exits import exit_code
from stratum.store import StoreBusy, StoreNewer, StoreUnsuitable


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StratumError("it failed"), 1),
        (UnknownRun("no such run"), 1),
        (InvalidInput("no"), 2),
        (BadTarget("no such app"), 2),
        (BadJson("no JSON"), 2),
        (Unavailable("away"), 3),
        (StoreBusy("locked"), 3),
        (NoStore("none"), 3),
        (StoreBehind("old"), 3),
        (StoreNewer("new"), 3),
        (StoreUnsuitable("no database"), 3),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: StratumError, code: int) -> None:
    assert exit_code(error) == code
