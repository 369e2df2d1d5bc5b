"""Large bodies, kept once per tenant and content, in the same database and commit as the rows that name them."""

import hashlib
from collections.abc import Sequence

from stratum.store.query import load_queries
from stratum.store.tx import Tx

_Q = load_queries("stratum.store")
_DIGEST_BYTES = 16


def digest_of(body: str, secret: bytes, tenant: str) -> str:
    """Return the keyed digest of a body: 128 bits of BLAKE2b, as 32 hexadecimal letters.

    The key is the database's secret, salted with the tenant: equal bodies of two tenants have different digests, and
    a digest tells nothing about a body to whoever lacks the key.
    """
    salt = hashlib.blake2b(tenant.encode(), digest_size=16).digest()
    return hashlib.blake2b(body.encode(), digest_size=_DIGEST_BYTES, key=secret, salt=salt).hexdigest()


def keep_bodies(tx: Tx, bodies: Sequence[tuple[str, str, str]]) -> None:
    """Keep each (tenant, digest, body)."""
    rows = [{"tenant": tenant, "digest": digest, "body": body} for tenant, digest, body in sorted(bodies)]
    tx.each(_Q.insert_blob, rows)


def load_body(tx: Tx, tenant: str, digest: str) -> str | None:
    """Return the body of a digest, or None when it was erased."""
    row = tx.one(_Q.blob_body, tenant=tenant, digest=digest)
    return None if row is None else str(row[0])
