-- Intent: who did what to what, in a table of its own that is made from the journal. Expand only: a program that does not know it writes
-- none of it, and the next one that does goes on where it stopped (table projection).

-- A row per event that is told of; what a record was and is stands in record_change alone.
CREATE TABLE audit (
    tenant uuid NOT NULL,
    position bigint NOT NULL,
    kind text NOT NULL,
    id uuid NOT NULL,
    what text NOT NULL,
    -- Nil: the system.
    actor uuid NOT NULL,
    -- What kind of principal that is, where the id alone does not say it.
    actor_kind text,
    at timestamptz NOT NULL,
    -- Names of ids, and ids, as JSON.
    about text NOT NULL,
    PRIMARY KEY (tenant, position)
);
CREATE INDEX audit_by_time ON audit (tenant, at, position);
CREATE INDEX audit_by_thing ON audit (tenant, kind, id, at, position);
CREATE INDEX audit_by_kind ON audit (tenant, kind, at, position);
CREATE INDEX audit_by_actor ON audit (tenant, actor, at, position);
CREATE INDEX audit_by_what ON audit (tenant, what, at, position);
