-- Intent: who did what to what, in a table of its own that is made from the journal. Expand only: a program that does not know it writes
-- none of it, and the next one that does goes on where it stopped (table projection).

-- A row per event that is told of; what a record was and is stands in record_change alone.
CREATE TABLE audit (
    tenant BLOB NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id BLOB NOT NULL,
    what TEXT NOT NULL,
    -- Nil: the system.
    actor BLOB NOT NULL,
    -- What kind of principal that is, where the id alone does not say it.
    actor_kind TEXT,
    at INTEGER NOT NULL,
    -- Names of ids, and ids, as JSON.
    about TEXT NOT NULL,
    PRIMARY KEY (tenant, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (tenant, at, position);
CREATE INDEX audit_by_thing ON audit (tenant, kind, id, at, position);
CREATE INDEX audit_by_kind ON audit (tenant, kind, at, position);
CREATE INDEX audit_by_actor ON audit (tenant, actor, at, position);
CREATE INDEX audit_by_what ON audit (tenant, what, at, position);
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('audit', 'audit', '200000 200000 1'),
    ('audit', 'audit_by_time', '200000 200000 2 1'),
    ('audit', 'audit_by_thing', '200000 200000 20000 10 2 1'),
    ('audit', 'audit_by_kind', '200000 200000 20000 2 1'),
    ('audit', 'audit_by_actor', '200000 200000 5000 2 1'),
    ('audit', 'audit_by_what', '200000 200000 20000 2 1');
ANALYZE sqlite_schema;
