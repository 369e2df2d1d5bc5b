-- name: put_item
-- Keep one row.
INSERT INTO suite_item (tenant, id, body) VALUES (:tenant, :id, :body);

-- name: put_claim
-- Keep one row that the engine reads for all tenants.
INSERT INTO suite_claim (tenant, id) VALUES (:tenant, :id);

-- name: change_item
-- Change one row.
UPDATE suite_item SET body = :body WHERE tenant = :tenant AND id = :id;

-- name: remove_item
-- Remove one row.
DELETE FROM suite_item WHERE tenant = :tenant AND id = :id;

-- name: items
-- All rows that can be seen, in order.
SELECT tenant, id, body FROM suite_item ORDER BY tenant, id;

-- name: claims
-- All rows that can be seen of those that the engine reads, in order.
SELECT tenant, id FROM suite_claim ORDER BY tenant, id;

-- name: item
-- One row.
SELECT tenant, id, body FROM suite_item WHERE tenant = :tenant AND id = :id;

-- name: put_each
-- Keep one row, and say which.
INSERT INTO suite_item (tenant, id, body) VALUES (:tenant, :id, :body) ON CONFLICT DO NOTHING RETURNING tenant, id;

-- name: last_id
-- The highest id that a tenant has.
SELECT id FROM suite_item WHERE tenant = :tenant ORDER BY id DESC LIMIT 1;
