-- Intent: roles that a company makes for itself, and users who have one. Expand only: beside a user's own role stands the nearest one that is
-- built in and allows no more, which is what a program that does not know the column reads.
CREATE TABLE role (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    archived_at INTEGER,
    name TEXT NOT NULL,
    -- The folded words of the name: it is looked for, sorted and told apart by them.
    name_key TEXT NOT NULL,
    -- Names of permissions, as a JSON list.
    permissions TEXT NOT NULL,
    note TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX role_by_name ON role (tenant, name_key);

ALTER TABLE app_user ADD COLUMN role_id BLOB;
