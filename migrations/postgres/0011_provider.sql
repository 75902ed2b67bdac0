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

-- News of the account: of which kind, and of which account of the provider. With `news` null a raw item is what it was before.
ALTER TABLE raw_item ADD COLUMN news text;
ALTER TABLE raw_item ADD COLUMN account_ref text;

-- Whether a customer wants marketing of a number, as they told the provider last: `stop` or `resume`, by what it knows them by.
CREATE TABLE marketing_choice (
    tenant uuid NOT NULL,
    number uuid NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    wants text NOT NULL,
    -- When they said so, by the provider's clock.
    said_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, number, kind, value)
);

-- Whether templates of the number go to the provider's way for marketing first.
ALTER TABLE number ADD COLUMN marketing_messages boolean NOT NULL DEFAULT false;
