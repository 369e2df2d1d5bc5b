"""The place that commands work in: store and tenant."""

import pytest

from stratum.cli.options import DEFAULT_STORE, Place, without_password


def test_the_store_is_the_option_or_the_setting_or_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRATUM_STORE", raising=False)
    assert Place().url == DEFAULT_STORE
    monkeypatch.setenv("STRATUM_STORE", "sqlite:///set.db")
    assert Place().url == "sqlite:///set.db"
    assert Place(store="sqlite:///given.db").url == "sqlite:///given.db"


def test_suggested_commands_name_the_place_where_it_is_not_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRATUM_STORE", raising=False)
    assert Place().command("show", "r 1") == "stratum show 'r 1'"
    assert Place(store=DEFAULT_STORE).command("runs") == "stratum runs"
    place = Place(store="sqlite:///my files/a.db", tenant="acme")
    assert place.command("runs") == "stratum runs --store 'sqlite:///my files/a.db' --tenant acme"


def test_no_password_is_shown() -> None:
    url = "postgresql://ada:secret@db.example:5432/name?schema=x"
    assert without_password(url) == "postgresql://ada:***@db.example:5432/name?schema=x"
    assert "secret" not in Place(store=url).command("runs")
    assert "secret" not in Place(store=url).shown_url
    for plain in ("sqlite:///a.db", "postgresql://ada@host/name", "http://[not-a-url"):
        assert without_password(plain) == plain
