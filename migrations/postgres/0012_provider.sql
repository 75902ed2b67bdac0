-- Intent: what the provider says of a message and of us is kept as it said it. Expand only: every column may be null, and a program
-- that does not know them runs on.

-- What the provider writes beside its code for developers, and its own id of the answer.
ALTER TABLE message ADD COLUMN error_details text;
ALTER TABLE message ADD COLUMN error_trace text;
ALTER TABLE outbox ADD COLUMN error_details text;
ALTER TABLE outbox ADD COLUMN error_trace text;
ALTER TABLE early_status ADD COLUMN error_details text;
ALTER TABLE early_status ADD COLUMN error_trace text;

-- What the provider said a message costs. `pricing_billable`: 1 charged, 0 not, null not said.
ALTER TABLE message ADD COLUMN pricing_billable bigint;
ALTER TABLE message ADD COLUMN pricing_model text;
ALTER TABLE message ADD COLUMN pricing_type text;
ALTER TABLE message ADD COLUMN pricing_category text;
ALTER TABLE early_status ADD COLUMN pricing_billable bigint;
ALTER TABLE early_status ADD COLUMN pricing_model text;
ALTER TABLE early_status ADD COLUMN pricing_type text;
ALTER TABLE early_status ADD COLUMN pricing_category text;
