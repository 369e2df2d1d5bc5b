from stratum.store import Migration, load_migrations
from stratum.testing import Site, schema_of


async def test_every_difference_shows(store_url: str) -> None:
    texts = [
        "CREATE TABLE more (tenant TEXT, id BIGINT)",
        "ALTER TABLE more ADD COLUMN body TEXT",
        "CREATE INDEX more_by_id ON more (tenant, id)",
    ]
    seen: list[list[str]] = []
    migrations = load_migrations("stratum.testing")
    async with Site(store_url) as site:
        for number, text in enumerate(["", *texts], start=1):
            if text:
                migrations = (*migrations, Migration("testing", number, "then", text, text, (), text))
            seen.append(await schema_of(await site.open(migrations=migrations)))
    assert len({tuple(lines) for lines in seen}) == len(seen)
    assert all(line == line.strip() and line for lines in seen for line in lines)
