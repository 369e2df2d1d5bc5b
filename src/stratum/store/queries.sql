-- name: insert_blob
-- Keep a large body once per tenant and content.
INSERT INTO blob (tenant, digest, body) VALUES (:tenant, :digest, :body) ON CONFLICT DO NOTHING;

-- name: blob_body
-- The body of a digest.
SELECT body FROM blob WHERE tenant = :tenant AND digest = :digest;

-- name: write_nothing
-- Change no row, to learn whether rows could be changed.
UPDATE blob SET body = body WHERE false;

-- name: digest_secret
-- The key of this database's digests.
SELECT value FROM store_secret WHERE name = 'digest';
