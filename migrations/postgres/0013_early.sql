-- Intent: a status that comes before its message loses nothing of what it said. Expand only: every column may be null, and a program
-- that does not know them runs on.

-- With a failure: the trouble of the number or its account that it tells of.
ALTER TABLE early_status ADD COLUMN stops text;
-- What the provider calls the customer: of which kind, and what.
ALTER TABLE early_status ADD COLUMN recipient_kind text;
ALTER TABLE early_status ADD COLUMN recipient text;
