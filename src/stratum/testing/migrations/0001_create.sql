-- What the conformance suite writes.
--
-- suite_item    rows of tenants
-- suite_claim   rows that the engine reads for all tenants
--
-- engine table: suite_claim

CREATE TABLE suite_item (
    tenant TEXT NOT NULL,
    id BIGINT NOT NULL,
    body TEXT,
    PRIMARY KEY (tenant, id)
) /* without rowid */;

CREATE TABLE suite_claim (
    tenant TEXT NOT NULL,
    id BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
) /* without rowid */;
