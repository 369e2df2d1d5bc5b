"""Both databases pass the suite that Stratum ships for stores."""

import pytest

from stratum.testing import ROW_SECURITY_CHECKS, STORE_CHECKS, Check, Site


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.__name__)
async def test_a_store_keeps_its_promises(check: Check, store_url: str) -> None:
    async with Site(store_url) as site:
        await check(site)


@pytest.mark.parametrize("check", ROW_SECURITY_CHECKS, ids=lambda check: check.__name__)
async def test_postgres_keeps_tenants_apart(check: Check, postgres_url: str) -> None:
    async with Site(postgres_url) as site:
        await check(site)
