-- Intent: business hours and holidays. Expand only: a program that does not know them runs on.
CREATE TABLE holidays (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    archived_at timestamptz,
    name text NOT NULL,
    -- The folded words of the name: it is looked for, sorted and told apart by them, byte for byte as in SQLite.
    name_key text COLLATE "C" NOT NULL,
    -- JSON, by day: `2026-12-24`, or `12-25` for every year.
    days text NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX holidays_by_name ON holidays (tenant, name_key);

CREATE TABLE hours (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    archived_at timestamptz,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    -- Of the IANA database.
    zone text NOT NULL,
    -- JSON, by weekday.
    week text NOT NULL,
    holidays uuid,
    -- JSON: open or closed until an instant.
    forced text,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX hours_by_name ON hours (tenant, name_key);
