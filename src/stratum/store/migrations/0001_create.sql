-- What the store itself keeps.
--
-- store_secret   random keys made with the database; digests are keyed with one, so that a digest reveals nothing
--                about a body that has been erased
-- blob           bodies too large for a journal row, once per tenant and content; a row elsewhere names it by digest

CREATE TABLE store_secret (
    name TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE blob (
    tenant TEXT NOT NULL,
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, digest)
) /* without rowid */;
