-- Intent: everything the first release keeps. Expand only: the previous binary must still run on what a later file leaves.
CREATE TABLE schema_meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- The oldest reader that understands these tables; an older binary refuses to start.
    min_reader INTEGER NOT NULL
) STRICT;
INSERT INTO schema_meta (id, min_reader) VALUES (1, 1);

-- Ownership ---------------------------------------------------------------------------------------------------------
CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    owner BLOB,
    term INTEGER NOT NULL
) STRICT;
INSERT INTO lease (id, owner, term) VALUES (1, NULL, 0);

CREATE TABLE process_start (
    instance BLOB PRIMARY KEY,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER
) STRICT;

-- Configuration of a tenant -----------------------------------------------------------------------------------------
CREATE TABLE tenant (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE queue (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    -- How it treats those who wait: our own JSON, read whole.
    settings TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

-- What routing reads of an agent: what they chose, and how their chats went.
CREATE TABLE agent (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    chosen TEXT NOT NULL,
    reason TEXT,
    since INTEGER NOT NULL,
    capacity_units INTEGER NOT NULL,
    last_assigned_at INTEGER,
    last_release_at INTEGER,
    misses INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

-- Who signs in. E-mail addresses are in lower case, and each belongs to one user of all tenants.
CREATE TABLE app_user (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active INTEGER NOT NULL,
    language TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE session (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX session_by_use ON session (last_used_at);
CREATE INDEX session_by_user ON session (tenant, user_id);

-- `hash` is the SHA-256 of a token; all tokens of a session are one family.
CREATE TABLE refresh_token (
    tenant BLOB NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    session BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    used_at INTEGER,
    -- It came back within the grace, and was given one more successor.
    forgiven INTEGER NOT NULL,
    PRIMARY KEY (tenant, hash)
) STRICT;
CREATE INDEX refresh_token_by_age ON refresh_token (issued_at);

-- Of the whole house: made once, shared by every process on this store.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE provider_app (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    provider TEXT NOT NULL,
    app_secret TEXT NOT NULL,
    verify_token TEXT NOT NULL,
    url_token TEXT NOT NULL UNIQUE,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE number (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    app BLOB NOT NULL,
    provider_ref TEXT NOT NULL,
    display_name TEXT NOT NULL,
    display_phone_number TEXT NOT NULL,
    queue BLOB NOT NULL,
    access_token TEXT NOT NULL,
    api_base TEXT,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, app, provider_ref)
) STRICT;

-- The journal -------------------------------------------------------------------------------------------------------
CREATE TABLE tenant_cursor (
    tenant BLOB PRIMARY KEY,
    position INTEGER NOT NULL,
    inbox_position INTEGER NOT NULL
) STRICT;

CREATE TABLE event (
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
) STRICT;

CREATE TABLE entity_state (
    tenant BLOB NOT NULL,
    entity_kind TEXT NOT NULL,
    entity_id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (tenant, entity_kind, entity_id)
) STRICT;

CREATE TABLE projection (
    name TEXT NOT NULL,
    tenant BLOB NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (name, tenant)
) STRICT;

-- What waits --------------------------------------------------------------------------------------------------------
-- One row per item, gone when consumed. A provider's row has number and raw; a tell has entity and item (raw).
CREATE TABLE inbox (
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
) STRICT;

CREATE TABLE dedupe (
    tenant BLOB NOT NULL,
    dedupe_key TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, dedupe_key)
) STRICT;
CREATE INDEX dedupe_by_age ON dedupe (seen_at);

CREATE TABLE timer (
    tenant BLOB NOT NULL,
    entity_kind TEXT NOT NULL,
    entity_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    token BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, entity_kind, entity_id, kind)
) STRICT;
CREATE INDEX timer_by_due ON timer (due_at);

CREATE TABLE outbox (
    tenant BLOB NOT NULL,
    message BLOB NOT NULL,
    number BLOB NOT NULL,
    thread BLOB NOT NULL,
    class TEXT NOT NULL,
    owner_epoch INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    not_before INTEGER,
    error_code INTEGER,
    error_text TEXT,
    changed_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    PRIMARY KEY (tenant, message)
) STRICT;
CREATE INDEX outbox_by_number ON outbox (tenant, number, position, ordinal);
CREATE INDEX outbox_by_thread ON outbox (tenant, thread);
CREATE INDEX outbox_sending ON outbox (state) WHERE state = 'sending';

CREATE TABLE early_status (
    tenant BLOB NOT NULL,
    number BLOB NOT NULL,
    provider_message_id TEXT NOT NULL,
    status TEXT NOT NULL,
    at INTEGER NOT NULL,
    error_code INTEGER,
    error_text TEXT,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, number, provider_message_id)
) STRICT;
CREATE INDEX early_status_by_age ON early_status (seen_at);

CREATE TABLE command_result (
    tenant BLOB NOT NULL,
    principal BLOB NOT NULL,
    command_key BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    answer BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tenant, principal, command_key)
) STRICT;
CREATE INDEX command_result_by_age ON command_result (at);

CREATE TABLE guard (
    tenant BLOB NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT;

-- What is put aside -------------------------------------------------------------------------------------------------
CREATE TABLE dead_letter (
    tenant BLOB NOT NULL,
    position INTEGER NOT NULL,
    number BLOB,
    entity_kind TEXT,
    entity_id BLOB,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    raw BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    correlation BLOB NOT NULL,
    parked_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, position)
) STRICT;

CREATE TABLE raw_item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant BLOB NOT NULL,
    number BLOB,
    number_ref TEXT,
    reason TEXT NOT NULL,
    raw BLOB NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT;
CREATE INDEX raw_item_by_age ON raw_item (kept_at);
CREATE INDEX raw_item_by_tenant ON raw_item (tenant, id);

-- Who and what was said ---------------------------------------------------------------------------------------------
CREATE TABLE contact (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    name TEXT,
    -- The name in lower case, for looking people up.
    name_key TEXT,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX contact_by_seen ON contact (tenant, seen_at, id);

CREATE TABLE thread (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    number BLOB NOT NULL,
    contact BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

-- (number, identifier) belongs to one thread: the fence when two first messages race.
CREATE TABLE address (
    tenant BLOB NOT NULL,
    number BLOB NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    thread BLOB NOT NULL,
    contact BLOB NOT NULL,
    PRIMARY KEY (tenant, number, kind, value)
) STRICT;
CREATE INDEX address_by_thread ON address (tenant, thread);
CREATE INDEX address_by_contact ON address (tenant, contact);

CREATE TABLE conversation (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    thread BLOB NOT NULL,
    number BLOB NOT NULL,
    contact BLOB NOT NULL,
    state TEXT NOT NULL,
    owner TEXT NOT NULL,
    agent BLOB,
    owner_epoch INTEGER NOT NULL,
    queue BLOB NOT NULL,
    opened_at INTEGER NOT NULL,
    enqueued_at INTEGER NOT NULL,
    closed_at INTEGER,
    last_message BLOB,
    last_message_at INTEGER NOT NULL,
    last_direction TEXT NOT NULL,
    preview_text TEXT,
    preview_kind TEXT,
    waiting_since INTEGER,
    window_until INTEGER,
    unanswered INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    -- Who has it, or had it last: they still see it when it is closed.
    last_agent BLOB,
    changed_at INTEGER NOT NULL,
    -- Agents it is not offered to for a while: our own JSON.
    excluded TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX conversation_by_time ON conversation (tenant, last_message_at, id);
CREATE INDEX conversation_by_state ON conversation (tenant, state, last_message_at, id);
CREATE INDEX conversation_by_agent ON conversation (tenant, agent, last_message_at, id);
CREATE INDEX conversation_open ON conversation (tenant, number, queue, agent, state) WHERE state <> 'closed';
CREATE INDEX conversation_by_queue ON conversation (tenant, queue, enqueued_at, id) WHERE state = 'queued';
CREATE INDEX conversation_by_contact ON conversation (tenant, contact);
CREATE INDEX conversation_by_thread ON conversation (tenant, thread);
CREATE INDEX conversation_waiting ON conversation (tenant, waiting_since, id) WHERE waiting_since IS NOT NULL;

-- `content` is JSON as text, never a JSON type: what people write may hold anything.
CREATE TABLE message (
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
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX message_by_thread ON message (tenant, thread, position, id);
CREATE INDEX message_by_conversation ON message (tenant, conversation, position, id);
CREATE INDEX message_by_provider_id_alone ON message (tenant, provider_message_id) WHERE provider_message_id IS NOT NULL;
CREATE UNIQUE INDEX message_by_provider_id ON message (tenant, number, provider_message_id) WHERE provider_message_id IS NOT NULL;
