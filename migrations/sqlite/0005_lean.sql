-- Intent: fewer pages to be written for each message. Expand only: the previous binary finds everything where it was.
-- One index finds a message by the provider's id, of a number and of any; nobody looks for messages by their thread alone.
CREATE UNIQUE INDEX message_by_provider ON message (tenant, provider_message_id, number) WHERE provider_message_id IS NOT NULL;
DROP INDEX message_by_provider_id;
DROP INDEX message_by_provider_id_alone;
DROP INDEX message_by_thread;

-- Small rows that come and go by their key alone are kept in its order, not beside it.
CREATE TABLE inbox_lean (
    tenant BLOB NOT NULL,
    position INTEGER NOT NULL,
    number BLOB,
    entity_kind TEXT,
    entity_id BLOB,
    raw BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    correlation BLOB NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (tenant, position)
) STRICT, WITHOUT ROWID;
INSERT INTO inbox_lean SELECT tenant, position, number, entity_kind, entity_id, raw, received_at, tries, correlation, held FROM inbox;
DROP TABLE inbox;
ALTER TABLE inbox_lean RENAME TO inbox;

CREATE TABLE dedupe_lean (
    tenant BLOB NOT NULL,
    dedupe_key TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, dedupe_key)
) STRICT, WITHOUT ROWID;
INSERT INTO dedupe_lean SELECT tenant, dedupe_key, seen_at FROM dedupe;
DROP TABLE dedupe;
ALTER TABLE dedupe_lean RENAME TO dedupe;
CREATE INDEX dedupe_by_age ON dedupe (seen_at);
