-- Intent: fewer pages to be written for each message. Expand only: the previous binary finds every table and column where it was.
-- Each message moves its conversation in every index that has the time in it. One is left: what is open stands in one, what is closed in another.
CREATE INDEX conversation_open_by_time ON conversation (tenant, last_message_at, id) WHERE state <> 'closed';
CREATE INDEX conversation_closed_by_time ON conversation (tenant, last_message_at, id) WHERE state = 'closed';
CREATE INDEX conversation_closed_by_agent ON conversation (tenant, last_agent, last_message_at, id) WHERE state = 'closed';
CREATE INDEX conversation_of_agent ON conversation (tenant, agent) WHERE state <> 'closed';
DROP INDEX conversation_by_time;
DROP INDEX conversation_by_state;
DROP INDEX conversation_by_agent;
DROP INDEX conversation_open;
DROP INDEX conversation_waiting;
-- Whoever looks for a contact's conversations knows their addresses, and each address its thread.
DROP INDEX conversation_by_contact;

-- Rows that are found by their key alone and are added at its end are kept in its order, not beside it.
CREATE TABLE event_lean (
    tenant BLOB NOT NULL,
    position INTEGER NOT NULL,
    id BLOB NOT NULL,
    entity_kind TEXT NOT NULL,
    entity_id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor BLOB NOT NULL,
    cause BLOB NOT NULL,
    correlation BLOB NOT NULL,
    owner_epoch INTEGER NOT NULL,
    term INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, position),
    UNIQUE (tenant, entity_kind, entity_id, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO event_lean SELECT tenant, position, id, entity_kind, entity_id, sequence, kind, version, at, actor, cause, correlation,
    owner_epoch, term, body FROM event;
DROP TABLE event;
ALTER TABLE event_lean RENAME TO event;

CREATE TABLE message_lean (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    thread BLOB NOT NULL,
    conversation BLOB NOT NULL,
    number BLOB NOT NULL,
    direction TEXT NOT NULL,
    status TEXT NOT NULL,
    content TEXT NOT NULL,
    provider_message_id TEXT,
    reply_to TEXT,
    author BLOB,
    said_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    error_code INTEGER,
    error_text TEXT,
    reactions TEXT NOT NULL,
    edited_at INTEGER,
    revoked_at INTEGER,
    error_class TEXT,
    reaction_to BLOB,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
INSERT INTO message_lean SELECT tenant, id, thread, conversation, number, direction, status, content, provider_message_id, reply_to,
    author, said_at, recorded_at, position, sequence, error_code, error_text, reactions, edited_at, revoked_at, error_class,
    reaction_to FROM message;
DROP TABLE message;
ALTER TABLE message_lean RENAME TO message;
CREATE INDEX message_by_conversation ON message (tenant, conversation, position, id);
CREATE UNIQUE INDEX message_by_provider ON message (tenant, provider_message_id, number) WHERE provider_message_id IS NOT NULL;

CREATE TABLE timer_lean (
    tenant BLOB NOT NULL,
    entity_kind TEXT NOT NULL,
    entity_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    token BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, entity_kind, entity_id, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO timer_lean SELECT tenant, entity_kind, entity_id, kind, token, due_at FROM timer;
DROP TABLE timer;
ALTER TABLE timer_lean RENAME TO timer;
CREATE INDEX timer_by_due ON timer (due_at);

-- What SQLite is to believe of a large house when it chooses among indexes: without being told it takes a tenant for ten rows, and walks
-- through all of them. Rows of the index, then rows that are alike in its first column, its first two, and so on.
ANALYZE schema_meta;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('conversation', 'sqlite_autoindex_conversation_1', '100000 100000 1'),
    ('conversation', 'conversation_open_by_time', '500 500 1 1'),
    ('conversation', 'conversation_closed_by_time', '99500 99500 1 1'),
    ('conversation', 'conversation_closed_by_agent', '99500 99500 3000 1 1'),
    ('conversation', 'conversation_of_agent', '500 500 10'),
    ('conversation', 'conversation_by_queue', '100 100 25 1 1'),
    ('conversation', 'conversation_by_thread', '100000 100000 2'),
    ('message', 'message', '1000000 1000000 1'),
    ('message', 'message_by_conversation', '1000000 1000000 10 1 1'),
    ('message', 'message_by_provider', '1000000 1000000 1 1'),
    ('event', 'event', '2000000 2000000 1'),
    ('event', 'sqlite_autoindex_event_2', '2000000 2000000 1000000 40 1'),
    ('contact', 'sqlite_autoindex_contact_1', '50000 50000 1'),
    ('contact', 'contact_by_seen', '50000 50000 50 1'),
    ('thread', 'sqlite_autoindex_thread_1', '50000 50000 1'),
    ('address', 'sqlite_autoindex_address_1', '60000 60000 30000 30000 1'),
    ('address', 'address_by_thread', '60000 60000 2'),
    ('address', 'address_by_contact', '60000 60000 2'),
    ('entity_state', 'sqlite_autoindex_entity_state_1', '50000 50000 50000 1'),
    ('dedupe', 'dedupe', '1000000 1000000 1'),
    ('dedupe', 'dedupe_by_age', '1000000 1'),
    ('timer', 'timer', '50000 50000 50000 2 1'),
    ('timer', 'timer_by_due', '50000 1'),
    ('inbox', 'inbox', '10000 10000 1'),
    ('outbox', 'sqlite_autoindex_outbox_1', '10000 10000 1'),
    ('outbox', 'outbox_by_number', '10000 10000 3000 1 1'),
    ('outbox', 'outbox_by_thread', '10000 10000 2'),
    ('outbox', 'outbox_sending', '100 100'),
    ('media', 'sqlite_autoindex_media_1', '100000 100000 1'),
    ('media', 'media_wanted', '1000 1000 1'),
    ('read_mark', 'sqlite_autoindex_read_mark_1', '1000 1000 1'),
    ('read_mark', 'read_mark_by_number', '1000 1000 300'),
    ('early_status', 'sqlite_autoindex_early_status_1', '10000 10000 3000 1'),
    ('early_status', 'early_status_by_age', '10000 1'),
    ('command_result', 'sqlite_autoindex_command_result_1', '100000 100000 3000 1'),
    ('command_result', 'command_result_by_age', '100000 1'),
    ('session', 'sqlite_autoindex_session_1', '1000 1000 1'),
    ('session', 'session_by_use', '1000 1'),
    ('session', 'session_by_user', '1000 1000 10'),
    ('refresh_token', 'sqlite_autoindex_refresh_token_1', '10000 1'),
    ('refresh_token', 'sqlite_autoindex_refresh_token_2', '10000 10000 1'),
    ('refresh_token', 'refresh_token_by_age', '10000 1'),
    ('dead_letter', 'sqlite_autoindex_dead_letter_1', '1000 1000 1'),
    ('raw_item', 'raw_item_by_age', '10000 1'),
    ('raw_item', 'raw_item_by_tenant', '10000 10000 1'),
    ('raw_item', 'raw_item_to_deliver', '1000 1000 1000 100 1');
ANALYZE sqlite_schema;
