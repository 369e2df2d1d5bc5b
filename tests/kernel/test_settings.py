import pytest

from stratum.kernel.settings import STORE, environment, setting


def test_a_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORE, "sqlite:///other.db")
    assert setting(STORE, "sqlite:///stratum.db") == "sqlite:///other.db"


@pytest.mark.parametrize("value", [None, ""])
def test_without_one_the_default_holds(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv(STORE, raising=False)
    if value is not None:
        monkeypatch.setenv(STORE, value)
    assert setting(STORE, "sqlite:///stratum.db") == "sqlite:///stratum.db"


def test_a_process_to_be_started_gets_ours_and_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATUM_TEST_OURS", "1")
    found = environment(STRATUM_TEST_MORE="2")
    assert (found["STRATUM_TEST_OURS"], found["STRATUM_TEST_MORE"]) == ("1", "2")
