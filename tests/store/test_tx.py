import pytest

from stratum.store.errors import TransactionAbused
from stratum.store.tx import Over


def test_what_is_over_refuses_everything_and_says_why() -> None:
    for attribute in ("execute", "anything"):
        with pytest.raises(TransactionAbused, match="The transaction is over"):
            getattr(Over(), attribute)
