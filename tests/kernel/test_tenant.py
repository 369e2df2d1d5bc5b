import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum.kernel.errors import InvalidInput
from stratum.kernel.tenant import DEFAULT_TENANT, check_tenant


@given(st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,62}", fullmatch=True))
def test_plain_names_can_be_tenants(name: str) -> None:
    assert check_tenant(name) == name


def test_the_default_tenant_is_one() -> None:
    assert check_tenant(DEFAULT_TENANT) == "default"


@pytest.mark.parametrize("name", ["", "A", "-a", ".a", "_a", "a b", "a,b", "a'b", "a\n", "ä", "a\0", "a" * 64])
def test_a_name_that_could_be_read_as_something_else_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be a tenant") as refused:
        check_tenant(name)
    assert repr(name) in str(refused.value)


@given(st.text(max_size=70))
def test_no_accepted_name_has_a_comma_or_a_quote(name: str) -> None:
    try:
        check_tenant(name)
    except InvalidInput:
        return
    assert not set(name) & set(",'\"\\ \n\0")
