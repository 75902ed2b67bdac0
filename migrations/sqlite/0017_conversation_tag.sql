-- Intent: a company's tags. Expand only: a program that does not know them runs on.
CREATE TABLE tag (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    archived_at INTEGER,
    name TEXT NOT NULL,
    -- The folded words of the name: it is looked for, sorted and told apart by them.
    name_key TEXT NOT NULL,
    colour TEXT NOT NULL,
    on_conversations INTEGER NOT NULL,
    on_contacts INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX tag_by_name ON tag (tenant, name_key);
