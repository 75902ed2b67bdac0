-- Intent: roles that a company makes for itself, and users who have one. Expand only: beside a user's own role stands the nearest one that is
-- built in and allows no more, which is what a program that does not know the column reads.
CREATE TABLE role (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    archived_at timestamptz,
    name text NOT NULL,
    -- The folded words of the name: it is looked for, sorted and told apart by them, byte for byte as in SQLite.
    name_key text COLLATE "C" NOT NULL,
    -- Names of permissions, as a JSON list.
    permissions text NOT NULL,
    note text,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX role_by_name ON role (tenant, name_key);

ALTER TABLE app_user ADD COLUMN role_id uuid;
