-- The files of messages: each is ordered in the commit that records its message, and fetched until it is here or never will be.
CREATE TABLE media (
    tenant uuid NOT NULL,
    message uuid NOT NULL,
    number uuid NOT NULL,
    kind text NOT NULL,
    -- Where the provider has it, and what it said of it.
    provider_media_id text,
    link text,
    declared_mime text,
    declared_sha256 text,
    wanted_at timestamptz NOT NULL,
    -- wanted, ready or failed.
    state text NOT NULL,
    attempts bigint NOT NULL,
    -- Those in which the file itself was at fault.
    tries bigint NOT NULL,
    due_at timestamptz NOT NULL,
    -- Why it will never be here: a word of ours.
    failure text,
    -- Of the file that is here: its name among our files (hexadecimal), its size, what we found it to be.
    sha256 text,
    size_bytes bigint,
    mime_type text,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, message)
);
CREATE INDEX media_wanted ON media (tenant, due_at) WHERE state = 'wanted';
