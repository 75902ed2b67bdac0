-- Intent: everything the first release keeps. Expand only: the previous binary must still run on what a later file leaves.
CREATE TABLE schema_meta (
    id bigint PRIMARY KEY CHECK (id = 1),
    -- The oldest reader that understands these tables; an older binary refuses to start.
    min_reader bigint NOT NULL
);
INSERT INTO schema_meta (id, min_reader) VALUES (1, 1);

-- Ownership ---------------------------------------------------------------------------------------------------------
CREATE TABLE lease (
    id bigint PRIMARY KEY CHECK (id = 1),
    owner uuid,
    -- The session that renews it: gone from pg_stat_activity, the lease is free at once.
    pid integer,
    backend_started_at timestamptz,
    term bigint NOT NULL,
    -- By this database's clock, the only one that is compared.
    expires_at timestamptz NOT NULL
);
INSERT INTO lease (id, owner, term, expires_at) VALUES (1, NULL, 0, '-infinity');

CREATE TABLE process_start (
    instance uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    stopped_at timestamptz
);

-- Configuration of a tenant -----------------------------------------------------------------------------------------
CREATE TABLE tenant (
    id uuid PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE queue (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    -- How it treats those who wait: our own JSON, read whole.
    settings text NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- What routing reads of an agent: what they chose, and how their chats went.
CREATE TABLE agent (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    chosen text NOT NULL,
    reason text,
    since timestamptz NOT NULL,
    capacity_units bigint NOT NULL,
    last_assigned_at timestamptz,
    last_release_at timestamptz,
    misses bigint NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Who signs in. E-mail addresses are in lower case, and each belongs to one user of all tenants.
CREATE TABLE app_user (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text NOT NULL,
    active boolean NOT NULL,
    language text,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE session (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX session_by_use ON session (last_used_at);
CREATE INDEX session_by_user ON session (tenant, user_id);

-- `hash` is the SHA-256 of a token; all tokens of a session are one family.
CREATE TABLE refresh_token (
    tenant uuid NOT NULL,
    hash bytea NOT NULL UNIQUE,
    session uuid NOT NULL,
    issued_at timestamptz NOT NULL,
    used_at timestamptz,
    -- It came back within the grace, and was given one more successor.
    forgiven boolean NOT NULL,
    PRIMARY KEY (tenant, hash)
);
CREATE INDEX refresh_token_by_age ON refresh_token (issued_at);

-- Of the whole house: made once, shared by every process on this store.
CREATE TABLE secret (
    name text PRIMARY KEY,
    value bytea NOT NULL
);

CREATE TABLE provider_app (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    provider text NOT NULL,
    app_secret text NOT NULL,
    verify_token text NOT NULL,
    url_token text NOT NULL UNIQUE,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE number (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    app uuid NOT NULL,
    provider_ref text NOT NULL,
    display_name text NOT NULL,
    display_phone_number text NOT NULL,
    queue uuid NOT NULL,
    access_token text NOT NULL,
    api_base text,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, app, provider_ref)
);

-- The journal -------------------------------------------------------------------------------------------------------
CREATE TABLE tenant_cursor (
    tenant uuid PRIMARY KEY,
    position bigint NOT NULL,
    inbox_position bigint NOT NULL
);

CREATE TABLE event (
    tenant uuid NOT NULL,
    position bigint NOT NULL,
    id uuid NOT NULL,
    entity_kind text NOT NULL,
    entity_id uuid NOT NULL,
    sequence bigint NOT NULL,
    kind text NOT NULL,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    actor uuid NOT NULL,
    cause uuid NOT NULL,
    correlation uuid NOT NULL,
    owner_epoch bigint NOT NULL,
    term bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant, position),
    UNIQUE (tenant, entity_kind, entity_id, sequence)
);

CREATE TABLE entity_state (
    tenant uuid NOT NULL,
    entity_kind text NOT NULL,
    entity_id uuid NOT NULL,
    sequence bigint NOT NULL,
    schema_version bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (tenant, entity_kind, entity_id)
);

CREATE TABLE projection (
    name text NOT NULL,
    tenant uuid NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (name, tenant)
);

-- What waits --------------------------------------------------------------------------------------------------------
-- One row per item, gone when consumed. A provider's row has number and raw; a tell has entity and item (raw).
CREATE TABLE inbox (
    tenant uuid NOT NULL,
    position bigint NOT NULL,
    number uuid,
    entity_kind text,
    entity_id uuid,
    raw bytea NOT NULL,
    received_at timestamptz NOT NULL,
    tries bigint NOT NULL,
    correlation uuid NOT NULL,
    held boolean NOT NULL,
    PRIMARY KEY (tenant, position)
);

CREATE TABLE dedupe (
    tenant uuid NOT NULL,
    dedupe_key text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, dedupe_key)
);
CREATE INDEX dedupe_by_age ON dedupe (seen_at);

CREATE TABLE timer (
    tenant uuid NOT NULL,
    entity_kind text NOT NULL,
    entity_id uuid NOT NULL,
    kind text NOT NULL,
    token uuid NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, entity_kind, entity_id, kind)
);
CREATE INDEX timer_by_due ON timer (due_at);

CREATE TABLE outbox (
    tenant uuid NOT NULL,
    message uuid NOT NULL,
    number uuid NOT NULL,
    thread uuid NOT NULL,
    class text NOT NULL,
    owner_epoch bigint NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    not_before timestamptz,
    error_code bigint,
    error_text text,
    changed_at timestamptz NOT NULL,
    position bigint NOT NULL,
    ordinal bigint NOT NULL,
    PRIMARY KEY (tenant, message)
);
CREATE INDEX outbox_by_number ON outbox (tenant, number, position, ordinal);
CREATE INDEX outbox_by_thread ON outbox (tenant, thread);
CREATE INDEX outbox_sending ON outbox (state) WHERE state = 'sending';

CREATE TABLE early_status (
    tenant uuid NOT NULL,
    number uuid NOT NULL,
    provider_message_id text NOT NULL,
    status text NOT NULL,
    at timestamptz NOT NULL,
    error_code bigint,
    error_text text,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, number, provider_message_id)
);
CREATE INDEX early_status_by_age ON early_status (seen_at);

CREATE TABLE command_result (
    tenant uuid NOT NULL,
    principal uuid NOT NULL,
    command_key uuid NOT NULL,
    fingerprint bytea NOT NULL,
    answer bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, principal, command_key)
);
CREATE INDEX command_result_by_age ON command_result (at);

CREATE TABLE guard (
    tenant uuid NOT NULL,
    name text NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (tenant, name)
);

-- What is put aside -------------------------------------------------------------------------------------------------
CREATE TABLE dead_letter (
    tenant uuid NOT NULL,
    position bigint NOT NULL,
    number uuid,
    entity_kind text,
    entity_id uuid,
    reason text NOT NULL,
    detail text NOT NULL,
    raw bytea NOT NULL,
    received_at timestamptz NOT NULL,
    tries bigint NOT NULL,
    correlation uuid NOT NULL,
    parked_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, position)
);

CREATE TABLE raw_item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant uuid NOT NULL,
    number uuid,
    number_ref text,
    reason text NOT NULL,
    raw bytea NOT NULL,
    kept_at timestamptz NOT NULL
);
CREATE INDEX raw_item_by_age ON raw_item (kept_at);
CREATE INDEX raw_item_by_tenant ON raw_item (tenant, id);

-- Who and what was said ---------------------------------------------------------------------------------------------
CREATE TABLE contact (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    name text,
    -- The name in lower case, for looking people up.
    name_key text,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX contact_by_seen ON contact (tenant, seen_at, id);

CREATE TABLE thread (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    number uuid NOT NULL,
    contact uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- (number, identifier) belongs to one thread: the fence when two first messages race.
CREATE TABLE address (
    tenant uuid NOT NULL,
    number uuid NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    thread uuid NOT NULL,
    contact uuid NOT NULL,
    PRIMARY KEY (tenant, number, kind, value)
);
CREATE INDEX address_by_thread ON address (tenant, thread);
CREATE INDEX address_by_contact ON address (tenant, contact);

CREATE TABLE conversation (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    thread uuid NOT NULL,
    number uuid NOT NULL,
    contact uuid NOT NULL,
    state text NOT NULL,
    owner text NOT NULL,
    agent uuid,
    owner_epoch bigint NOT NULL,
    queue uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    enqueued_at timestamptz NOT NULL,
    closed_at timestamptz,
    last_message uuid,
    last_message_at timestamptz NOT NULL,
    last_direction text NOT NULL,
    preview_text text,
    preview_kind text,
    waiting_since timestamptz,
    window_until timestamptz,
    unanswered bigint NOT NULL,
    unread bigint NOT NULL,
    -- Who has it, or had it last: they still see it when it is closed.
    last_agent uuid,
    changed_at timestamptz NOT NULL,
    -- Agents it is not offered to for a while: our own JSON.
    excluded text NOT NULL,
    PRIMARY KEY (tenant, id)
);
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
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    thread uuid NOT NULL,
    conversation uuid NOT NULL,
    number uuid NOT NULL,
    direction text NOT NULL,
    status text NOT NULL,
    content text NOT NULL,
    provider_message_id text,
    reply_to text,
    author uuid,
    said_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    position bigint NOT NULL,
    sequence bigint NOT NULL,
    error_code bigint,
    error_text text,
    reactions text NOT NULL,
    edited_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX message_by_thread ON message (tenant, thread, position, id);
CREATE INDEX message_by_conversation ON message (tenant, conversation, position, id);
CREATE INDEX message_by_provider_id_alone ON message (tenant, provider_message_id) WHERE provider_message_id IS NOT NULL;
CREATE UNIQUE INDEX message_by_provider_id ON message (tenant, number, provider_message_id) WHERE provider_message_id IS NOT NULL;

-- Rows here live for milliseconds: vacuum by count, not by share of the table.
ALTER TABLE inbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, fillfactor = 70);
ALTER TABLE tenant_cursor SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, fillfactor = 50);
ALTER TABLE lease SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, fillfactor = 50);
