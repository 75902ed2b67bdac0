-- Intent: what was kept for a number that is not there yet is delivered once it is. Expand only: the previous binary leaves the
-- new columns empty, and what it kept is shown and not delivered.
ALTER TABLE raw_item ADD COLUMN app uuid;
-- Of a message: what it is deduplicated by within its number.
ALTER TABLE raw_item ADD COLUMN item_key text;
ALTER TABLE raw_item ADD COLUMN correlation uuid;
CREATE INDEX raw_item_to_deliver ON raw_item (tenant, app, number_ref, id) WHERE item_key IS NOT NULL;
