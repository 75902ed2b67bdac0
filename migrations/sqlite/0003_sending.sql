-- Intent: everything an agent may send: reactions, read marks, errors by class, and what is known of a number's way to its provider.
-- Expand only: every column may be null, and a program that does not know them runs on.

-- What is told as an error, by what it asks of whoever wanted to send.
ALTER TABLE message ADD COLUMN error_class TEXT;
ALTER TABLE outbox ADD COLUMN error_class TEXT;
ALTER TABLE early_status ADD COLUMN error_class TEXT;

-- The message this one reacts to: it is shown on that one, and in no list.
ALTER TABLE message ADD COLUMN reaction_to BLOB;

-- The provider's id of the account, and what delivery found when it last spoke for the number.
ALTER TABLE number ADD COLUMN account_ref TEXT;
ALTER TABLE number ADD COLUMN state TEXT;
ALTER TABLE number ADD COLUMN state_reason TEXT;

-- Threads whose read mark the provider is to be told of: one row each, the latest; gone when told.
CREATE TABLE read_mark (
    tenant BLOB NOT NULL,
    thread BLOB NOT NULL,
    number BLOB NOT NULL,
    message BLOB NOT NULL,
    PRIMARY KEY (tenant, thread)
) STRICT;
CREATE INDEX read_mark_by_number ON read_mark (tenant, number);
