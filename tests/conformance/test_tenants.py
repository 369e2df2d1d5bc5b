"""The database keeps tenants apart, also from the owner of its tables; and the suite would notice if it did not."""

from collections.abc import Sequence

import pytest

from stratum.store import Migration, load_migrations
from stratum.testing import Check, Site
from stratum.testing.store_suite import tenants
from stratum.testing.store_suite.rows import OTHER, TENANT, Item, put
from tests.store.raw import postgres

_WITHOUT = "DROP POLICY tenants ON suite_item;"
_NAMED = "tenant IN (SELECT unnest(string_to_array(current_setting('stratum.tenants', true), ',')))"

MUTATIONS: list[tuple[str, str, Check]] = [
    (
        "no row-level security",
        "ALTER TABLE suite_item DISABLE ROW LEVEL SECURITY",
        tenants.without_a_tenant_nothing_is_seen,
    ),
    (
        "a policy that shows everything",
        f"{_WITHOUT} CREATE POLICY tenants ON suite_item USING (true) WITH CHECK ({_NAMED})",
        tenants.other_tenants_are_not_seen,
    ),
    (
        "a policy that takes everything",
        f"{_WITHOUT} CREATE POLICY tenants ON suite_item USING ({_NAMED}) WITH CHECK (true)",
        tenants.nobody_writes_for_another_tenant,
    ),
    ("no policy at all", _WITHOUT, tenants.a_batch_sees_its_items_tenants_and_no_more),
    (
        "claims that the engine cannot read",
        f"DROP POLICY tenants ON suite_claim; CREATE POLICY tenants ON suite_claim USING ({_NAMED})",
        tenants.the_engine_admits_tenants_that_it_found,
    ),
]


@pytest.mark.parametrize(("mutation", "check"), [case[1:] for case in MUTATIONS], ids=[case[0] for case in MUTATIONS])
async def test_the_suite_notices_a_policy_that_is_missing(postgres_url: str, mutation: str, check: Check) -> None:
    async with Site(postgres_url) as site:
        await site.open()
    with postgres(postgres_url) as owner:
        owner.execute(mutation.encode())
    with pytest.raises((AssertionError, Exception)):
        async with Site(postgres_url) as site:
            await check(site)


async def _with_rows(url: str) -> None:
    async with Site(url) as site:
        store = await site.open()
        for item in (Item(1, tenant=TENANT), Item(2, tenant=OTHER)):
            await store.write(put, item, tenants=[item.tenant])


def _seen(url: str, tenants: Sequence[str]) -> list[int]:
    with postgres(url) as owner:
        if tenants:
            owner.execute("SELECT set_config('stratum.tenants', %s, false)", (",".join(tenants),))
        return [row[0] for row in owner.execute("SELECT id FROM suite_item ORDER BY id").fetchall()]


async def test_the_owner_of_the_tables_is_kept_apart_too(postgres_url: str) -> None:
    await _with_rows(postgres_url)
    assert _seen(postgres_url, []) == []
    assert _seen(postgres_url, [TENANT]) == [1]
    assert _seen(postgres_url, [OTHER, TENANT]) == [1, 2]
    with postgres(postgres_url) as owner:
        owner.execute("ALTER TABLE suite_item NO FORCE ROW LEVEL SECURITY")
    assert _seen(postgres_url, []) == [1, 2]


async def test_a_table_that_a_later_migration_brings_is_secured_too(postgres_url: str) -> None:
    text = "CREATE TABLE later (tenant TEXT, id BIGINT)"
    later = Migration("testing", 2, "later", text, text, (), "later")
    async with Site(postgres_url) as site:
        await site.open()
        await site.open(migrations=[*load_migrations("stratum.testing"), later])
    with postgres(postgres_url) as owner:
        secured = owner.execute(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class"
            " WHERE relnamespace = current_schema()::regnamespace AND relname = 'later'"
        ).fetchone()
    assert secured == (True,)
