-- A run is an append-only list of events and one small row of state. Everything a run does is one append: the fence
-- (epoch, worker, head) is checked on the row, the events go behind the head, and both commit together.
--
--   run          one row a run: who may write it (epoch, worker), how far it is (head), what it waits for (wake_at)
--   run_age      the runs of a tenant by age, and run_child those of a parent: indexes that are tables of their own, so
--                that run has but one key and no planner is tempted by another
--   run_event    the journal: seq 1 is the start with its input; bodies over 8 KiB are in blob, under body_digest
--   run_inbox    what others tell a run: signals, ends of children, cancellation; seq is dense per run
--   run_ready    tiny and hot: only runs that a worker could take now, in the order in which to take them
--   run_share    one row for each queue, agent and tenant with ready runs; vtime orders tenants fairly
--   run_active   one row for each run that a worker holds; the limits of a queue are counted here
--   run_timer    when a waiting run wakes by itself
--   worker       a process that executes runs, and when it was last seen
--   run_bucket   one row for each limited queue: the lock under which it is counted, and its token bucket
--   run_schedule when to start which agent
--   run_tick     when each schedule is due next
--   run_gap      slots of a schedule that were not run, and why
--   run_piece    what a run streams out, piece by piece
--   run_blocked  ready runs that must wait until another of their key ends
--
-- engine table: run_ready
-- engine table: run_share
-- engine table: run_active
-- engine table: run_timer
-- engine table: run_blocked
-- engine table: run_tick

CREATE TABLE run (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    agent TEXT NOT NULL,
    version TEXT NOT NULL,
    queue TEXT NOT NULL,
    priority BIGINT NOT NULL,
    limit_key TEXT NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('ready', 'running', 'waiting', 'parked', 'done', 'failed', 'cancelled')),
    epoch BIGINT NOT NULL,
    head BIGINT NOT NULL,
    inbox BIGINT NOT NULL,
    losses BIGINT NOT NULL,
    worker TEXT,
    wake_at BIGINT,
    deadline BIGINT,
    parent TEXT,
    root TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    reason TEXT,
    PRIMARY KEY (tenant, id)
) /* without rowid */ /* often updated */;

CREATE TABLE run_age (
    tenant TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    PRIMARY KEY (tenant, created_at, run_id)
) /* without rowid */;

CREATE TABLE run_child (
    tenant TEXT NOT NULL,
    parent TEXT NOT NULL,
    run_id TEXT NOT NULL,
    PRIMARY KEY (tenant, parent, run_id)
) /* without rowid */;

-- Events are kept in the order in which they come, with their key beside them: on SQLite a commit of a hundred runs
-- then writes a few pages at the right edge of two trees, instead of a page for each run.
CREATE TABLE run_event (
    tenant TEXT NOT NULL,
    run_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    position BIGINT NOT NULL,
    args_hash TEXT NOT NULL,
    body TEXT,
    digest TEXT NOT NULL,
    took BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, run_id, seq)
);

CREATE TABLE run_inbox (
    tenant TEXT NOT NULL,
    run_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('signal', 'child', 'cancel')),
    name TEXT NOT NULL,
    dedupe TEXT,
    body TEXT,
    taken BIGINT,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, run_id, seq)
) /* without rowid */;

CREATE UNIQUE INDEX run_inbox_once ON run_inbox (tenant, run_id, dedupe) WHERE dedupe IS NOT NULL;

CREATE TABLE run_ready (
    queue TEXT NOT NULL,
    agent TEXT NOT NULL,
    tenant TEXT NOT NULL,
    rank BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    limit_key TEXT NOT NULL,
    PRIMARY KEY (queue, agent, tenant, rank, run_id)
) /* without rowid */;

CREATE TABLE run_share (
    queue TEXT NOT NULL,
    agent TEXT NOT NULL,
    tenant TEXT NOT NULL,
    vtime BIGINT NOT NULL,
    PRIMARY KEY (queue, agent, tenant)
) /* without rowid */;

CREATE INDEX run_share_order ON run_share (queue, agent, vtime, tenant);

CREATE TABLE run_active (
    worker TEXT NOT NULL,
    tenant TEXT NOT NULL,
    run_id TEXT NOT NULL,
    queue TEXT NOT NULL,
    limit_key TEXT NOT NULL,
    PRIMARY KEY (worker, tenant, run_id)
) /* without rowid */;

CREATE INDEX run_active_by_queue ON run_active (queue, tenant, limit_key);

CREATE TABLE run_timer (
    due BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    run_id TEXT NOT NULL,
    PRIMARY KEY (due, tenant, run_id)
) /* without rowid */;

CREATE TABLE run_bucket (
    queue TEXT NOT NULL PRIMARY KEY,
    tokens BIGINT NOT NULL,
    filled_at BIGINT NOT NULL
) /* often updated */;

CREATE TABLE run_blocked (
    queue TEXT NOT NULL,
    tenant TEXT NOT NULL,
    limit_key TEXT NOT NULL,
    rank BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    PRIMARY KEY (queue, tenant, limit_key, rank, run_id)
) /* without rowid */;

CREATE TABLE worker (
    id TEXT NOT NULL PRIMARY KEY,
    host TEXT NOT NULL,
    pid BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    build TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    lease_ms BIGINT NOT NULL,
    agents TEXT NOT NULL
) /* often updated */;

CREATE TABLE run_schedule (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    agent TEXT NOT NULL,
    version TEXT NOT NULL,
    queue TEXT NOT NULL,
    priority BIGINT NOT NULL,
    input TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    timing TEXT NOT NULL,
    next_at BIGINT NOT NULL,
    last_run TEXT,
    paused BIGINT NOT NULL CHECK (paused IN (0, 1)),
    tick_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) /* without rowid */;

CREATE TABLE run_tick (
    due BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    schedule_id TEXT NOT NULL,
    PRIMARY KEY (due, tenant, schedule_id)
) /* without rowid */;

CREATE TABLE run_gap (
    tenant TEXT NOT NULL,
    schedule_id TEXT NOT NULL,
    first_slot BIGINT NOT NULL,
    last_slot BIGINT NOT NULL,
    slots BIGINT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (tenant, schedule_id, first_slot)
) /* without rowid */;

CREATE TABLE run_piece (
    tenant TEXT NOT NULL,
    run_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    step TEXT NOT NULL,
    attempt TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, run_id, seq)
) /* without rowid */;
