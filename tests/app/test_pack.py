"""Packs are found by their entry point."""

import pytest

from stratum import Pack
from stratum.app.pack import load_pack
from stratum.kernel.errors import NotFound


def test_the_research_pack_is_found() -> None:
    pack = load_pack("research")
    assert isinstance(pack, Pack)
    assert "digest" in pack.app.agents


def test_an_unknown_pack_is_told_with_those_that_are_installed() -> None:
    with pytest.raises(NotFound, match=r"'astrology'; installed are: .*research"):
        load_pack("astrology")
