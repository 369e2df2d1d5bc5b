"""``stratum migrate``: bring a store's tables up to date, or tell what that would do."""

from typing import Annotated

from stratum import App
from stratum.app.operations import schema_of
from stratum.cli.exits import DONE
from stratum.cli.options import Json, Place, Store, flag
from stratum.cli.output import Output
from stratum.cli.words import counted


async def migrate(
    *,
    plan: Annotated[bool, flag("Only tell what would be done; change nothing.")] = False,
    store: Store = None,
    json: Json = False,
) -> int:
    """Bring a store's tables up to date."""
    place = Place(store=store)
    output = Output(json=json)
    schema = await schema_of(place.url)
    done = schema.pending
    if schema.pending and not plan:
        async with App("stratum").open(place.url) as stratum:
            done = stratum.migrated
    if json:
        output.json({"store": place.shown_url, "planned": plan, "new": not schema.applied, "migrations": list(done)})
        return DONE
    if not done:
        output.say(f"The store at {place.shown_url} is up to date ({counted(len(schema.applied), 'migration')}).")
        return DONE
    verb = ("Would make" if plan else "Made") if not schema.applied else ("Would migrate" if plan else "Migrated")
    output.say(f"{verb} the store at {place.shown_url}:")
    for label in done:
        output.row(f"  {label}")
    return DONE
