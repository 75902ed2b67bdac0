-- Intent: what is said beside the words of a message, what a message said before it was edited, and changes that come before their
-- message. Expand only: every column may be null, and a program that does not know them runs on.

-- The provider says it, not the customer: it counts for nothing the customer did.
ALTER TABLE message ADD COLUMN notice INTEGER;
-- JSON as text, as the content is: how often it was forwarded, the product it asks about.
ALTER TABLE message ADD COLUMN context TEXT;
-- The advertisement that led the customer here.
ALTER TABLE message ADD COLUMN referral TEXT;
-- What it said before, and when, the oldest first.
ALTER TABLE message ADD COLUMN versions TEXT;
CREATE INDEX message_notice ON message (tenant, conversation, position) WHERE notice IS NOT NULL;
CREATE INDEX message_referral ON message (tenant, conversation, position) WHERE referral IS NOT NULL;

-- Reactions, edits and revocations of a message that is not here yet, in one row a message; gone when it comes.
CREATE TABLE early_change (
    tenant BLOB NOT NULL,
    thread BLOB NOT NULL,
    provider_message_id TEXT NOT NULL,
    changes TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, thread, provider_message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX early_change_by_age ON early_change (seen_at);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('message', 'message_notice', '1000 1000 1 1'),
    ('message', 'message_referral', '1000 1000 1 1');
ANALYZE sqlite_schema;
