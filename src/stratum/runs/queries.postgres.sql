-- name: insert_run
-- A new run, or nothing when its id is taken. (set)
INSERT INTO run (
    tenant, id, agent, version, queue, priority, limit_key, status, epoch, head, inbox, losses,
    wake_at, deadline, parent, root, input_hash, created_at
)
SELECT n.tenant, n.id, n.agent, n.version, n.queue, n.priority, n.limit_key, n.status, 0, 1, 0, 0,
    n.wake_at, n.deadline, n.parent, n.root, n.input_hash, n.created_at
FROM unnest(
    :tenant::text[], :id::text[], :agent::text[], :version::text[], :queue::text[], :priority::bigint[],
    :limit_key::text[], :status::text[], :wake_at::bigint[], :deadline::bigint[], :parent::text[], :root::text[],
    :input_hash::text[], :created_at::bigint[]
) AS n(tenant, id, agent, version, queue, priority, limit_key, status, wake_at, deadline, parent, root, input_hash,
    created_at)
ON CONFLICT DO NOTHING RETURNING tenant, id;

-- name: insert_event
-- One event behind a run's head. (set)
INSERT INTO run_event (tenant, run_id, seq, epoch, kind, key, position, args_hash, body, digest, took, at)
SELECT * FROM unnest(
    :tenant::text[], :run_id::text[], :seq::bigint[], :epoch::bigint[], :kind::text[], :key::text[],
    :position::bigint[], :args_hash::text[], :body::text[], :digest::text[], :took::bigint[], :at::bigint[]
);

-- name: insert_ready
-- A run that a worker may take. (set)
INSERT INTO run_ready (queue, agent, tenant, rank, run_id, limit_key)
SELECT * FROM unnest(
    :queue::text[], :agent::text[], :tenant::text[], :rank::bigint[], :run_id::text[], :limit_key::text[]
) ON CONFLICT DO NOTHING;

-- name: shares
-- The tenants next in the fair order of each queue and agent. (set)
SELECT s.queue, s.agent, s.tenant, s.vtime
FROM unnest(:queue::text[], :agent::text[], :most::bigint[]) AS l(queue, agent, most)
CROSS JOIN LATERAL (
    SELECT queue, agent, tenant, vtime FROM run_share
    WHERE queue = l.queue AND agent = l.agent ORDER BY vtime, tenant LIMIT l.most
) AS s;

-- name: delete_ready
-- Take runs out of the ready ones. (set)
DELETE FROM run_ready r
USING unnest(:queue::text[], :agent::text[], :tenant::text[], :rank::bigint[], :run_id::text[])
    AS n(queue, agent, tenant, rank, run_id)
WHERE r.queue = n.queue AND r.agent = n.agent AND r.tenant = n.tenant AND r.rank = n.rank AND r.run_id = n.run_id;

-- name: take_run
-- Give ready runs to a worker, each in a new epoch. (set)
UPDATE run SET status = 'running', worker = n.worker, epoch = run.epoch + 1, wake_at = NULL
FROM unnest(:tenant::text[], :run_id::text[], :worker::text[]) AS n(tenant, run_id, worker)
WHERE run.tenant = n.tenant AND run.id = n.run_id AND run.status = 'ready'
RETURNING run.tenant, run.id, run.worker, run.epoch, run.agent, run.version, run.queue, run.head, run.inbox,
    run.losses, run.deadline, run.parent, run.root, run.limit_key;

-- name: insert_active
-- Runs that a worker holds. (set)
INSERT INTO run_active (worker, tenant, run_id, queue, limit_key)
SELECT * FROM unnest(:worker::text[], :tenant::text[], :run_id::text[], :queue::text[], :limit_key::text[])
ON CONFLICT DO NOTHING;

-- name: delete_active
-- Runs that a worker no longer holds. (set)
DELETE FROM run_active a
USING unnest(:worker::text[], :tenant::text[], :run_id::text[]) AS n(worker, tenant, run_id)
WHERE a.worker = n.worker AND a.tenant = n.tenant AND a.run_id = n.run_id
RETURNING a.queue, a.tenant, a.limit_key;

-- name: move_head
-- The fence: only the worker of this epoch, and only from the head that it knows. Whoever gets on has lost no worker. (set)
UPDATE run SET head = n.head_after, losses = 0
FROM unnest(
    :tenant::text[], :run_id::text[], :epoch::bigint[], :worker::text[], :head::bigint[], :head_after::bigint[]
) AS n(tenant, run_id, epoch, worker, head, head_after)
WHERE run.tenant = n.tenant AND run.id = n.run_id AND run.epoch = n.epoch AND run.worker = n.worker
    AND run.head = n.head AND run.status = 'running'
RETURNING run.tenant, run.id;

-- name: release_run
-- Let go of runs. (set)
UPDATE run SET status = n.status, worker = NULL, wake_at = n.wake_at, ended_at = n.ended_at, reason = n.reason,
    losses = 0
FROM unnest(
    :tenant::text[], :run_id::text[], :status::text[], :wake_at::bigint[], :ended_at::bigint[], :reason::text[]
) AS n(tenant, run_id, status, wake_at, ended_at, reason)
WHERE run.tenant = n.tenant AND run.id = n.run_id
RETURNING run.tenant, run.id, run.parent;

-- name: endings
-- How runs ended, those that have. (set)
SELECT r.tenant, r.id, r.status, COALESCE(e.body, b.body), r.reason
FROM unnest(:tenant::text[], :run_id::text[]) AS n(tenant, run_id)
JOIN run r ON r.tenant = n.tenant AND r.id = n.run_id AND r.status IN ('done', 'failed', 'cancelled')
JOIN run_event e ON e.tenant = r.tenant AND e.run_id = r.id AND e.seq = r.head
LEFT JOIN blob b ON e.body IS NULL AND b.tenant = e.tenant AND b.digest = e.digest;

-- name: insert_age
-- Runs in the order of age. (set)
INSERT INTO run_age (tenant, created_at, run_id)
SELECT * FROM unnest(:tenant::text[], :created_at::bigint[], :run_id::text[]);

-- name: first_events
-- The whole journals of runs that were just claimed, each in order; at most so many events of each. (set)
SELECT e.tenant, e.run_id, e.seq, e.kind, e.key, e.position, e.args_hash, COALESCE(e.body, b.body), e.took, e.at
FROM unnest(:tenant::text[], :run_id::text[], :most::bigint[]) AS n(tenant, run_id, most)
JOIN run_event e ON e.tenant = n.tenant AND e.run_id = n.run_id AND e.seq <= n.most
LEFT JOIN blob b ON e.body IS NULL AND b.tenant = e.tenant AND b.digest = e.digest
ORDER BY e.tenant, e.run_id, e.seq;

-- name: insert_piece
-- Pieces of runs' streams. (set)
INSERT INTO run_piece (tenant, run_id, seq, step, attempt, body)
SELECT * FROM unnest(:tenant::text[], :run_id::text[], :seq::bigint[], :step::text[], :attempt::text[], :body::text[]);
