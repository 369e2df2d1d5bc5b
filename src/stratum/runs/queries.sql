-- name: insert_run
-- A new run, or nothing when its id is taken.
INSERT INTO run (
    tenant, id, agent, version, queue, priority, limit_key, status, epoch, head, inbox, losses,
    wake_at, deadline, parent, root, input_hash, created_at
) VALUES (
    :tenant, :id, :agent, :version, :queue, :priority, :limit_key, :status, 0, 1, 0, 0,
    :wake_at, :deadline, :parent, :root, :input_hash, :created_at
) ON CONFLICT DO NOTHING RETURNING tenant, id;

-- name: insert_event
-- One event behind a run's head.
INSERT INTO run_event (tenant, run_id, seq, epoch, kind, key, position, args_hash, body, digest, took, at)
VALUES (:tenant, :run_id, :seq, :epoch, :kind, :key, :position, :args_hash, :body, :digest, :took, :at);

-- name: insert_ready
-- A run that a worker may take.
INSERT INTO run_ready (queue, agent, tenant, rank, run_id, limit_key)
VALUES (:queue, :agent, :tenant, :rank, :run_id, :limit_key) ON CONFLICT DO NOTHING;

-- name: insert_share
-- A tenant that has ready runs of an agent enters the fair order behind those that it must not overtake.
INSERT INTO run_share (queue, agent, tenant, vtime)
SELECT CAST(:queue AS TEXT), CAST(:agent AS TEXT), CAST(:tenant AS TEXT),
    COALESCE((SELECT MIN(vtime) FROM run_share WHERE queue = :queue AND agent = :agent), 0)
WHERE true ON CONFLICT DO NOTHING;

-- name: hold_share
-- Keep a share from being removed until this transaction ends.
SELECT 1 FROM run_share WHERE queue = :queue AND agent = :agent AND tenant = :tenant /* key share */;

-- name: shares
-- The tenants next in the fair order of one queue and agent.
SELECT queue, agent, tenant, vtime FROM run_share
WHERE queue = :queue AND agent = :agent ORDER BY vtime, tenant LIMIT :most;

-- name: first_ready
-- The runs next in order of one queue, agent and tenant.
SELECT queue, agent, tenant, rank, run_id, limit_key FROM run_ready
WHERE queue = :queue AND agent = :agent AND tenant = :tenant ORDER BY rank, run_id LIMIT :most /* skip locked */;

-- name: delete_ready
-- Take a run out of the ready ones.
DELETE FROM run_ready
WHERE queue = :queue AND agent = :agent AND tenant = :tenant AND rank = :rank AND run_id = :run_id;

-- name: advance_share
-- Charge a tenant for the runs that it was given.
UPDATE run_share SET vtime = vtime + :cost WHERE queue = :queue AND agent = :agent AND tenant = :tenant;

-- name: lock_share
-- Hold a share alone, or give it up when somebody is adding to it.
SELECT 1 FROM run_share WHERE queue = :queue AND agent = :agent AND tenant = :tenant /* skip locked */;

-- name: drop_share
-- Take a tenant without ready runs out of the fair order.
DELETE FROM run_share WHERE queue = :queue AND agent = :agent AND tenant = :tenant AND NOT EXISTS (
    SELECT 1 FROM run_ready WHERE queue = :queue AND agent = :agent AND tenant = :tenant
);

-- name: take_run
-- Give a ready run to a worker, in a new epoch.
UPDATE run SET status = 'running', worker = :worker, epoch = epoch + 1, wake_at = NULL
WHERE tenant = :tenant AND id = :run_id AND status = 'ready'
RETURNING tenant, id, worker, epoch, agent, version, queue, head, inbox, losses, deadline, parent, root, limit_key;

-- name: insert_active
-- A run that a worker holds.
INSERT INTO run_active (worker, tenant, run_id, queue, limit_key)
VALUES (:worker, :tenant, :run_id, :queue, :limit_key) ON CONFLICT DO NOTHING;

-- name: delete_active
-- A run that a worker no longer holds.
DELETE FROM run_active WHERE worker = :worker AND tenant = :tenant AND run_id = :run_id
RETURNING queue, tenant, limit_key;

-- name: active_of_worker
-- The runs that a worker holds.
SELECT tenant, run_id FROM run_active WHERE worker = :worker;

-- name: move_head
-- The fence: only the worker of this epoch, and only from the head that it knows. Whoever gets on has lost no worker.
UPDATE run SET head = :head_after, losses = 0
WHERE tenant = :tenant AND id = :run_id AND epoch = :epoch AND worker = :worker AND head = :head AND status = 'running'
RETURNING tenant, id;

-- name: move_head_quietly
-- The fence of a release to sleep: also refused over an unread inbox entry.
UPDATE run SET head = :head_after
WHERE tenant = :tenant AND id = :run_id AND epoch = :epoch AND worker = :worker AND head = :head AND status = 'running'
    AND inbox = :inbox
RETURNING tenant, id;

-- name: fence_of
-- What the fence says now, to explain a refusal.
SELECT epoch, worker, head, inbox, status FROM run WHERE tenant = :tenant AND id = :run_id;

-- name: release_run
-- Let go of a run.
UPDATE run SET status = :status, worker = NULL, wake_at = :wake_at, ended_at = :ended_at, reason = :reason,
    losses = 0
WHERE tenant = :tenant AND id = :run_id
RETURNING tenant, id, parent;

-- name: lock_run
-- The state of a run, held until this transaction ends.
SELECT status, agent, queue, priority, limit_key, wake_at, inbox FROM run
WHERE tenant = :tenant AND id = :run_id /* for update */;

-- name: ready_run
-- A run becomes ready.
UPDATE run SET status = 'ready', worker = NULL, wake_at = NULL, losses = losses + :lost, reason = NULL
WHERE tenant = :tenant AND id = :run_id;

-- name: insert_timer
-- When a run wakes by itself.
INSERT INTO run_timer (due, tenant, run_id) VALUES (:due, :tenant, :run_id) ON CONFLICT DO NOTHING;

-- name: delete_timer
-- A run that need not wake by itself any more.
DELETE FROM run_timer WHERE due = :due AND tenant = :tenant AND run_id = :run_id;

-- name: due_timers
-- The runs whose time has come.
SELECT due, tenant, run_id FROM run_timer WHERE due <= :now ORDER BY due, tenant, run_id LIMIT :most /* skip locked */;

-- name: next_due
-- When the next run wakes by itself, and when the next schedule is due.
SELECT (SELECT due FROM run_timer ORDER BY due LIMIT 1), (SELECT due FROM run_tick ORDER BY due LIMIT 1);

-- name: bump_inbox
-- Number the next inbox entry of a run that has not ended, and hold the run.
UPDATE run SET inbox = inbox + 1
WHERE tenant = :tenant AND id = :run_id AND status NOT IN ('done', 'failed', 'cancelled')
RETURNING inbox, status;

-- name: known_signal
-- Whether a signal of this id was told before.
SELECT seq FROM run_inbox WHERE tenant = :tenant AND run_id = :run_id AND dedupe = :dedupe;

-- name: insert_inbox
-- Tell a run something.
INSERT INTO run_inbox (tenant, run_id, seq, kind, name, dedupe, body, at)
VALUES (:tenant, :run_id, :seq, :kind, :name, :dedupe, :body, :at);

-- name: unread_inbox
-- What a run was told and has not used.
SELECT seq, kind, name, body, at FROM run_inbox
WHERE tenant = :tenant AND run_id = :run_id AND taken IS NULL AND seq > :after ORDER BY seq;

-- name: take_inbox
-- A run used what it was told; the journal has the body now.
UPDATE run_inbox SET taken = :taken, body = NULL WHERE tenant = :tenant AND run_id = :run_id AND seq = :seq;

-- name: inbox_counts
-- How much the runs of a worker were told.
SELECT a.tenant, a.run_id, r.inbox FROM run_active a JOIN run r ON r.tenant = a.tenant AND r.id = a.run_id
WHERE a.worker = :worker;

-- name: events
-- A run's journal behind a place, in order.
SELECT e.seq, e.kind, e.key, e.position, e.args_hash, COALESCE(e.body, b.body), e.took, e.at
FROM run_event e LEFT JOIN blob b ON e.body IS NULL AND b.tenant = e.tenant AND b.digest = e.digest
WHERE e.tenant = :tenant AND e.run_id = :run_id AND e.seq > :after ORDER BY e.seq LIMIT :most;

-- name: first_events
-- The whole journal of a run that was just claimed, in order; at most so many events.
SELECT e.tenant, e.run_id, e.seq, e.kind, e.key, e.position, e.args_hash, COALESCE(e.body, b.body), e.took, e.at
FROM run_event e LEFT JOIN blob b ON e.body IS NULL AND b.tenant = e.tenant AND b.digest = e.digest
WHERE e.tenant = :tenant AND e.run_id = :run_id AND e.seq <= :most ORDER BY e.seq;

-- name: last_event
-- The newest event of a run.
SELECT e.seq, e.kind, e.key, e.position, e.args_hash, COALESCE(e.body, b.body), e.took, e.at
FROM run_event e LEFT JOIN blob b ON e.body IS NULL AND b.tenant = e.tenant AND b.digest = e.digest
WHERE e.tenant = :tenant AND e.run_id = :run_id ORDER BY e.seq DESC LIMIT 1;

-- name: run_row
-- One run's state.
SELECT tenant, id, agent, version, queue, priority, status, epoch, head, inbox, losses, worker, wake_at, deadline,
    parent, root, input_hash, created_at, ended_at, reason
FROM run WHERE tenant = :tenant AND id = :run_id;

-- name: run_rows
-- The newest runs of a tenant, newest first.
SELECT r.tenant, r.id, r.agent, r.version, r.queue, r.priority, r.status, r.epoch, r.head, r.inbox, r.losses, r.worker,
    r.wake_at, r.deadline, r.parent, r.root, r.input_hash, r.created_at, r.ended_at, r.reason
FROM run_age a JOIN run r ON r.tenant = a.tenant AND r.id = a.run_id
WHERE a.tenant = :tenant AND a.created_at <= :before AND (CAST(:status AS TEXT) IS NULL OR r.status = :status)
    AND (CAST(:agent AS TEXT) IS NULL OR r.agent = :agent)
ORDER BY a.created_at DESC, a.run_id DESC LIMIT :most;

-- name: children_of
-- The runs that a run started.
SELECT r.tenant, r.id, r.agent, r.version, r.queue, r.priority, r.status, r.epoch, r.head, r.inbox, r.losses, r.worker,
    r.wake_at, r.deadline, r.parent, r.root, r.input_hash, r.created_at, r.ended_at, r.reason
FROM run_child c JOIN run r ON r.tenant = c.tenant AND r.id = c.run_id
WHERE c.tenant = :tenant AND c.parent = :run_id ORDER BY c.run_id LIMIT :most;

-- name: insert_age
-- A run in the order of age.
INSERT INTO run_age (tenant, created_at, run_id) VALUES (:tenant, :created_at, :run_id);

-- name: insert_child
-- A run under the run that started it.
INSERT INTO run_child (tenant, parent, run_id) VALUES (:tenant, :parent, :run_id);

-- name: insert_worker
-- A worker begins.
INSERT INTO worker (id, host, pid, started_at, build, seen_at, lease_ms, agents)
VALUES (:id, :host, :pid, :started_at, :build, :seen_at, :lease_ms, :agents);

-- name: see_worker
-- A worker is alive.
UPDATE worker SET seen_at = :seen_at WHERE id = :id;

-- name: workers
-- All workers.
SELECT id, host, pid, started_at, build, seen_at, lease_ms, agents FROM worker ORDER BY id;

-- name: delete_worker
-- A worker is gone.
DELETE FROM worker WHERE id = :id RETURNING id;

-- name: endings
-- How a run ended, if it has.
SELECT r.tenant, r.id, r.status, COALESCE(e.body, b.body), r.reason
FROM run r JOIN run_event e ON e.tenant = r.tenant AND e.run_id = r.id AND e.seq = r.head
LEFT JOIN blob b ON e.body IS NULL AND b.tenant = e.tenant AND b.digest = e.digest
WHERE r.tenant = :tenant AND r.id = :run_id AND r.status IN ('done', 'failed', 'cancelled');

-- name: open_children
-- The children of a run that have not ended, in order behind one.
SELECT r.id FROM run_child c JOIN run r ON r.tenant = c.tenant AND r.id = c.run_id
WHERE c.tenant = :tenant AND c.parent = :run_id AND c.run_id > :after
    AND r.status NOT IN ('done', 'failed', 'cancelled')
ORDER BY c.run_id LIMIT :most;

-- name: active_in_queue
-- How many runs of a queue are executed now.
SELECT COUNT(*) FROM run_active WHERE queue = :queue;

-- name: active_of_tenant
-- How many runs of a tenant a queue executes now.
SELECT COUNT(*) FROM run_active WHERE queue = :queue AND tenant = :tenant;

-- name: active_of_key
-- How many runs of a tenant and key a queue executes now.
SELECT COUNT(*) FROM run_active WHERE queue = :queue AND tenant = :tenant AND limit_key = :limit_key;

-- name: insert_bucket
-- A limited queue is known from its first use on.
INSERT INTO run_bucket (queue, tokens, filled_at) VALUES (:queue, 0, 0) ON CONFLICT DO NOTHING;

-- name: hold_bucket
-- A limited queue, held until this transaction ends.
SELECT tokens, filled_at FROM run_bucket WHERE queue = :queue /* for update */;

-- name: set_bucket
-- What has flowed into a queue's bucket.
UPDATE run_bucket SET tokens = :tokens, filled_at = :filled_at WHERE queue = :queue;

-- name: spend_tokens
-- Runs start, and use a queue's tokens.
UPDATE run_bucket SET tokens = tokens - :tokens WHERE queue = :queue;

-- name: insert_blocked
-- A run that must wait until another of its key ends.
INSERT INTO run_blocked (queue, tenant, limit_key, rank, run_id, agent)
VALUES (:queue, :tenant, :limit_key, :rank, :run_id, :agent) ON CONFLICT DO NOTHING;

-- name: take_blocked
-- The first run that waits for others of its key.
DELETE FROM run_blocked
WHERE queue = :queue AND tenant = :tenant AND limit_key = :limit_key AND (rank, run_id) = (
    SELECT rank, run_id FROM run_blocked
    WHERE queue = :queue AND tenant = :tenant AND limit_key = :limit_key ORDER BY rank, run_id LIMIT 1
)
RETURNING agent, rank, run_id;

-- name: working_tenants
-- The tenants that have runs which are not over, as far as the engine's own tables tell.
SELECT tenant FROM run_ready UNION SELECT tenant FROM run_blocked UNION SELECT tenant FROM run_active
UNION SELECT tenant FROM run_timer UNION SELECT tenant FROM run_tick;

-- name: run_count
-- How many runs there are to look at.
SELECT COUNT(*) FROM run;

-- name: journal_page
-- How long the journals of the next runs are, beside what their runs say.
SELECT r.tenant, r.id, r.head, COUNT(e.seq), COALESCE(MAX(e.seq), 0)
FROM (SELECT tenant, id, head FROM run WHERE (tenant, id) > (:tenant, :id) ORDER BY tenant, id LIMIT :most) AS r
LEFT JOIN run_event e ON e.tenant = r.tenant AND e.run_id = r.id
GROUP BY r.tenant, r.id, r.head ORDER BY r.tenant, r.id;

-- name: ready_unlisted
-- Ready runs that no worker can find, because they stand in no list.
SELECT tenant, id FROM run WHERE status = 'ready'
EXCEPT SELECT tenant, run_id FROM (
    SELECT tenant, run_id FROM run_ready UNION ALL SELECT tenant, run_id FROM run_blocked
) AS listed
ORDER BY 1, 2 LIMIT :most;

-- name: ready_unshared
-- Lists of ready runs that no worker looks at, because their tenant is missing from the fair order.
SELECT DISTINCT r.queue, r.agent, r.tenant FROM run_ready r
WHERE NOT EXISTS (
    SELECT 1 FROM run_share s WHERE s.queue = r.queue AND s.agent = r.agent AND s.tenant = r.tenant
)
ORDER BY 1, 2, 3 LIMIT :most;

-- name: lanes_ready
-- The queues and agents that have ready runs.
SELECT DISTINCT s.queue, s.agent FROM run_share s
WHERE EXISTS (
    SELECT 1 FROM run_ready r WHERE r.queue = s.queue AND r.agent = s.agent AND r.tenant = s.tenant
)
ORDER BY 1, 2 LIMIT :most;

-- name: running_unheld
-- Runs that are said to be running, and that no known worker holds.
SELECT r.tenant, r.id FROM run r
WHERE r.status = 'running' AND NOT EXISTS (
    SELECT 1 FROM run_active a JOIN worker w ON w.id = a.worker
    WHERE a.worker = r.worker AND a.tenant = r.tenant AND a.run_id = r.id
)
ORDER BY 1, 2 LIMIT :most;

-- name: held_idle
-- Runs that are counted as held by a worker, and are not running there.
SELECT a.tenant, a.run_id FROM run_active a
WHERE NOT EXISTS (
    SELECT 1 FROM run r
    WHERE r.tenant = a.tenant AND r.id = a.run_id AND r.status = 'running' AND r.worker = a.worker
)
ORDER BY 1, 2 LIMIT :most;

-- name: waiting_unset
-- Waiting runs that should wake by themselves, and will not.
SELECT r.tenant, r.id FROM run r
WHERE r.status = 'waiting' AND r.wake_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM run_timer t WHERE t.due = r.wake_at AND t.tenant = r.tenant AND t.run_id = r.id
)
ORDER BY 1, 2 LIMIT :most;

-- name: timer_idle
-- Timers of runs that do not wait for them.
SELECT t.tenant, t.run_id FROM run_timer t
WHERE NOT EXISTS (
    SELECT 1 FROM run r
    WHERE r.tenant = t.tenant AND r.id = t.run_id AND r.status = 'waiting' AND r.wake_at = t.due
)
ORDER BY 1, 2 LIMIT :most;

-- name: schedule
-- One schedule, held until this transaction ends.
SELECT tenant, id, agent, version, queue, priority, input, input_hash, timing, next_at, last_run, paused, tick_at
FROM run_schedule WHERE tenant = :tenant AND id = :id /* for update */;

-- name: schedules
-- The schedules of a tenant.
SELECT tenant, id, agent, version, queue, priority, input, input_hash, timing, next_at, last_run, paused, tick_at
FROM run_schedule WHERE tenant = :tenant ORDER BY id;

-- name: put_schedule
-- Enter or change a schedule.
INSERT INTO run_schedule (
    tenant, id, agent, version, queue, priority, input, input_hash, timing, next_at, last_run, paused,
    tick_at
) VALUES (
    :tenant, :id, :agent, :version, :queue, :priority, :input, :input_hash, :timing, :next_at, :last_run, :paused,
    :tick_at
) ON CONFLICT (tenant, id) DO UPDATE SET
    agent = excluded.agent, version = excluded.version, queue = excluded.queue, priority = excluded.priority,
    input = excluded.input, input_hash = excluded.input_hash, timing = excluded.timing, next_at = excluded.next_at,
    last_run = excluded.last_run, paused = excluded.paused, tick_at = excluded.tick_at;

-- name: pause_schedule
-- Stop or continue a schedule.
UPDATE run_schedule SET paused = :paused WHERE tenant = :tenant AND id = :id;

-- name: insert_tick
-- When a schedule is due.
INSERT INTO run_tick (due, tenant, schedule_id) VALUES (:due, :tenant, :schedule_id) ON CONFLICT DO NOTHING;

-- name: delete_tick
-- A schedule's slot that is dealt with.
DELETE FROM run_tick WHERE due = :due AND tenant = :tenant AND schedule_id = :schedule_id;

-- name: due_ticks
-- The schedules that are due.
SELECT due, tenant, schedule_id FROM run_tick WHERE due <= :now
ORDER BY due, tenant, schedule_id LIMIT :most /* skip locked */;

-- name: insert_gap
-- Slots that were not run.
INSERT INTO run_gap (tenant, schedule_id, first_slot, last_slot, slots, why)
VALUES (:tenant, :schedule_id, :first_slot, :last_slot, :slots, :why) ON CONFLICT DO NOTHING;

-- name: gaps
-- The newest gaps of a schedule.
SELECT first_slot, last_slot, slots, why FROM run_gap
WHERE tenant = :tenant AND schedule_id = :schedule_id ORDER BY first_slot DESC LIMIT :most;

-- name: set_head
-- An operator's event lengthens a journal that no worker holds.
UPDATE run SET head = :head WHERE tenant = :tenant AND id = :run_id;

-- name: copy_run
-- A run that begins with a journal.
INSERT INTO run (
    tenant, id, agent, version, queue, priority, limit_key, status, epoch, head, inbox, losses,
    deadline, root, input_hash, created_at, ended_at, reason
) VALUES (
    :tenant, :id, :agent, :version, :queue, :priority, '', :status, 0, :head, 0, 0,
    :deadline, :root, :input_hash, :created_at, :ended_at, :reason
);

-- name: run_unlisted
-- Runs that no list shows, because they are missing from the order of age.
SELECT r.tenant, r.id FROM run r
WHERE NOT EXISTS (
    SELECT 1 FROM run_age a WHERE a.tenant = r.tenant AND a.created_at = r.created_at AND a.run_id = r.id
)
ORDER BY 1, 2 LIMIT :most;

-- name: schedule_unset
-- Schedules that should start runs, and will not.
SELECT s.tenant, s.id FROM run_schedule s
WHERE s.paused = 0 AND NOT EXISTS (
    SELECT 1 FROM run_tick t WHERE t.due = s.tick_at AND t.tenant = s.tenant AND t.schedule_id = s.id
)
ORDER BY 1, 2 LIMIT :most;

-- name: last_piece
-- The newest piece that a run has streamed.
SELECT seq FROM run_piece WHERE tenant = :tenant AND run_id = :run_id ORDER BY seq DESC LIMIT 1;

-- name: insert_piece
-- A piece of a run's stream.
INSERT INTO run_piece (tenant, run_id, seq, step, attempt, body)
VALUES (:tenant, :run_id, :seq, :step, :attempt, :body);

-- name: pieces
-- A run's stream behind a place, in order.
SELECT seq, step, attempt, body FROM run_piece
WHERE tenant = :tenant AND run_id = :run_id AND seq > :after ORDER BY seq LIMIT :most;
