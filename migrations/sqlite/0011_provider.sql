-- Intent: what the provider says of a message and of us is kept as it said it. Expand only: every column may be null, and a program
-- that does not know them runs on.

-- What the provider writes beside its code for developers, and its own id of the answer.
ALTER TABLE message ADD COLUMN error_details TEXT;
ALTER TABLE message ADD COLUMN error_trace TEXT;
ALTER TABLE outbox ADD COLUMN error_details TEXT;
ALTER TABLE outbox ADD COLUMN error_trace TEXT;
ALTER TABLE early_status ADD COLUMN error_details TEXT;
ALTER TABLE early_status ADD COLUMN error_trace TEXT;

-- What the provider said a message costs. `pricing_billable`: 1 charged, 0 not, null not said.
ALTER TABLE message ADD COLUMN pricing_billable INTEGER;
ALTER TABLE message ADD COLUMN pricing_model TEXT;
ALTER TABLE message ADD COLUMN pricing_type TEXT;
ALTER TABLE message ADD COLUMN pricing_category TEXT;
ALTER TABLE early_status ADD COLUMN pricing_billable INTEGER;
ALTER TABLE early_status ADD COLUMN pricing_model TEXT;
ALTER TABLE early_status ADD COLUMN pricing_type TEXT;
ALTER TABLE early_status ADD COLUMN pricing_category TEXT;

-- News of the account: of which kind, and of which account of the provider. With `news` null a raw item is what it was before.
ALTER TABLE raw_item ADD COLUMN news TEXT;
ALTER TABLE raw_item ADD COLUMN account_ref TEXT;

-- Whether a customer wants marketing of a number, as they told the provider last: `stop` or `resume`, by what it knows them by.
CREATE TABLE marketing_choice (
    tenant BLOB NOT NULL,
    number BLOB NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    wants TEXT NOT NULL,
    -- When they said so, by the provider's clock.
    said_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, number, kind, value)
) STRICT;

-- Whether templates of the number go to the provider's way for marketing first.
ALTER TABLE number ADD COLUMN marketing_messages INTEGER NOT NULL DEFAULT 0;
