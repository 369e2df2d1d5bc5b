-- name: finish_run
-- Runs are done, and with them all that they claimed. (set)
UPDATE memory_work m SET state = 'done', at = n.at
FROM unnest(:tenant::text[], :run_id::text[], :at::bigint[]) AS n(tenant, run_id, at)
WHERE m.tenant = n.tenant AND m.run_id = n.run_id AND m.state = 'claimed';
