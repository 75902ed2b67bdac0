-- Intent: business hours and holidays. Expand only: a program that does not know them runs on.
CREATE TABLE holidays (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    archived_at INTEGER,
    name TEXT NOT NULL,
    -- The folded words of the name: it is looked for, sorted and told apart by them.
    name_key TEXT NOT NULL,
    -- JSON, by day: `2026-12-24`, or `12-25` for every year.
    days TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX holidays_by_name ON holidays (tenant, name_key);

CREATE TABLE hours (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    archived_at INTEGER,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    -- Of the IANA database.
    zone TEXT NOT NULL,
    -- JSON, by weekday.
    week TEXT NOT NULL,
    holidays BLOB,
    -- JSON: open or closed until an instant.
    forced TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX hours_by_name ON hours (tenant, name_key);
