-- Intent: a company's tags. Expand only: a program that does not know them runs on.
CREATE TABLE tag (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    archived_at timestamptz,
    name text NOT NULL,
    -- The folded words of the name: it is looked for, sorted and told apart by them, byte for byte as in SQLite.
    name_key text COLLATE "C" NOT NULL,
    colour text NOT NULL,
    on_conversations boolean NOT NULL,
    on_contacts boolean NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX tag_by_name ON tag (tenant, name_key);
