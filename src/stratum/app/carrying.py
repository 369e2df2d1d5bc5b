"""Carrying a run from store to store as one JSON document."""

from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from stratum.kernel.codec import describe
from stratum.kernel.errors import InvalidInput
from stratum.runs import Event, RunRow, Runs, Status


class Carried(BaseModel):
    """A run as it is exported: its state, and its whole journal with large bodies in place."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["stratum.run/1"] = "stratum.run/1"
    run: RunRow
    events: list[Event]


async def export_run(runs: Runs, tenant: str, run_id: str) -> str:
    """Return a run as JSON text.

    Raises:
        UnknownRun: there is no such run.
    """
    row = await runs.row(tenant, run_id)
    events = await runs.history(tenant, run_id)
    return Carried(run=row, events=events[: row.head]).model_dump_json(indent=1)


async def import_run(runs: Runs, tenant: str, text: str) -> tuple[str, Status]:
    """Enter an exported run into this store, for ``tenant``; return its id and its state here.

    Raises:
        InvalidInput: the text is not an exported run; the message has the path of each fault.
        RunIdTaken: there is a run of that id.
    """
    try:
        carried = Carried.model_validate_json(text)
    except ValidationError as error:
        message = f"This is not an exported run: {describe(error)}"
        raise InvalidInput(message) from error
    row = replace(carried.run, tenant=tenant)
    return row.id, await runs.bring_in(row, carried.events)
