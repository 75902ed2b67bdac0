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
