"""Settings come from environment variables."""

import pytest

from stratum.kernel.settings import environment, setting


def test_a_setting_that_is_not_given_or_empty_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRATUM_TEST_SETTING", raising=False)
    assert setting("STRATUM_TEST_SETTING", "default") == "default"
    monkeypatch.setenv("STRATUM_TEST_SETTING", "")
    assert setting("STRATUM_TEST_SETTING", "default") == "default"
    monkeypatch.setenv("STRATUM_TEST_SETTING", "given")
    assert setting("STRATUM_TEST_SETTING", "default") == "given"


def test_a_process_to_start_gets_our_environment_and_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATUM_TEST_SETTING", "ours")
    found = environment(STRATUM_TEST_OTHER="more")
    assert (found["STRATUM_TEST_SETTING"], found["STRATUM_TEST_OTHER"]) == ("ours", "more")
    assert setting("STRATUM_TEST_OTHER", "") == ""
