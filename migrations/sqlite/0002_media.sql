-- The files of messages: each is ordered in the commit that records its message, and fetched until it is here or never will be.
CREATE TABLE media (
    tenant BLOB NOT NULL,
    message BLOB NOT NULL,
    number BLOB NOT NULL,
    kind TEXT NOT NULL,
    -- Where the provider has it, and what it said of it.
    provider_media_id TEXT,
    link TEXT,
    declared_mime TEXT,
    declared_sha256 TEXT,
    wanted_at INTEGER NOT NULL,
    -- wanted, ready or failed.
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    -- Those in which the file itself was at fault.
    tries INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    -- Why it will never be here: a word of ours.
    failure TEXT,
    -- Of the file that is here: its name among our files (hexadecimal), its size, what we found it to be.
    sha256 TEXT,
    size_bytes INTEGER,
    mime_type TEXT,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, message)
) STRICT;
CREATE INDEX media_wanted ON media (tenant, due_at) WHERE state = 'wanted';
