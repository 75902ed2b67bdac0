-- Intent: what people set up has versions, and who changed what is kept. Expand only: every new column has a value where nothing is said,
-- and a program that does not know them runs on (what it changes keeps its version, so that whoever has seen it may overwrite that).

-- Rises by one with each change; an archived record is kept for what refers to it.
ALTER TABLE queue ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE queue ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN archived_at INTEGER;
ALTER TABLE provider_app ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE provider_app ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE provider_app ADD COLUMN archived_at INTEGER;
ALTER TABLE number ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE number ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE number ADD COLUMN archived_at INTEGER;
ALTER TABLE app_user ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE app_user ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE app_user ADD COLUMN archived_at INTEGER;

-- One row per changed record: beside the event at this position, or just before it, with what the event must not hold.
CREATE TABLE record_change (
    tenant BLOB NOT NULL,
    position INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    record_kind TEXT NOT NULL,
    record_id BLOB NOT NULL,
    what TEXT NOT NULL,
    actor BLOB NOT NULL,
    at INTEGER NOT NULL,
    -- Field by field what it was and what it is, as JSON; secrets have no values in it.
    told TEXT NOT NULL,
    PRIMARY KEY (tenant, position, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_change_by_record ON record_change (tenant, record_kind, record_id, position, ordinal);
CREATE INDEX record_change_by_actor ON record_change (tenant, actor, position, ordinal);
