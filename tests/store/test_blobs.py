from hypothesis import given
from hypothesis import strategies as st

from stratum.store.batch import Session
from stratum.store.blobs import digest_of, keep_bodies, load_body

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(_TEXT, _TEXT, st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_digest_depends_on_body_tenant_and_secret(one: str, other: str, secret: bytes, other_secret: bytes) -> None:
    digest = digest_of(one, secret, "acme")
    assert digest == digest_of(one, secret, "acme")
    assert len(digest) == 32
    assert digest != digest_of(one, secret, "globex")
    assert (digest == digest_of(other, secret, "acme")) == (one == other)
    assert (digest == digest_of(one, other_secret, "acme")) == (secret == other_secret)


def test_a_body_is_kept_and_found_by_tenant_and_digest(session: Session) -> None:
    tx = session.begin(frozenset({"a", "b"}), flush=True)
    keep_bodies(tx, [("b", "d1", "beta"), ("a", "d1", "alpha")])
    keep_bodies(tx, [("a", "d1", "kept already"), ("a", "d2", "")])
    keep_bodies(tx, [])
    assert load_body(tx, "a", "d1") == "alpha"
    assert load_body(tx, "b", "d1") == "beta"
    assert load_body(tx, "a", "d2") == ""
    assert load_body(tx, "b", "d2") is None
    session.commit()
