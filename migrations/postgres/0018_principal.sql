-- Intent: what kind of principal did something stands beside its id. Expand only: where nothing is said it is a user, or with the nil id the
-- system, and a program that does not know the column runs on (what it writes is theirs).
ALTER TABLE event ADD COLUMN actor_kind text;
ALTER TABLE record_change ADD COLUMN actor_kind text;
