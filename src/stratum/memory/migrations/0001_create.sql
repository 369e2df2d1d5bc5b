-- memory_work   "have I done this already?": one row for each piece of work of a kind that a run has claimed or done.
--               A claim is done when the step that handled it commits, or when its run is done; it is released when
--               its run fails or is cancelled. The detail is what its doer wants to find again, as JSON.

CREATE TABLE memory_work (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    work_key TEXT NOT NULL,
    run_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('claimed', 'done')),
    detail TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, work_key)
) /* without rowid */;

CREATE INDEX memory_work_by_run ON memory_work (tenant, run_id, state);
