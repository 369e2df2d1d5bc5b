-- name: claim_work
-- A run claims a piece of work that nobody has claimed.
INSERT INTO memory_work (tenant, kind, work_key, run_id, state, at)
VALUES (:tenant, :kind, :work_key, :run_id, 'claimed', :at) ON CONFLICT DO NOTHING;

-- name: work
-- Who has claimed or done a piece of work.
SELECT work_key, run_id, state, detail FROM memory_work WHERE tenant = :tenant AND kind = :kind AND work_key = :work_key;

-- name: finish_work
-- A run has done a piece of work, for the first time or again; what another run holds stays as it is.
INSERT INTO memory_work (tenant, kind, work_key, run_id, state, detail, at)
VALUES (:tenant, :kind, :work_key, :run_id, 'done', :detail, :at)
ON CONFLICT (tenant, kind, work_key) DO UPDATE
SET state = 'done', run_id = excluded.run_id, detail = excluded.detail, at = excluded.at
WHERE memory_work.run_id = excluded.run_id OR memory_work.state = 'done';

-- name: finish_run
-- A run is done, and with it all that it claimed.
UPDATE memory_work SET state = 'done', at = :at WHERE tenant = :tenant AND run_id = :run_id AND state = 'claimed';

-- name: release_run
-- A run failed or was cancelled: what it claimed and has not done is free again.
DELETE FROM memory_work WHERE tenant = :tenant AND run_id = :run_id AND state = 'claimed';
