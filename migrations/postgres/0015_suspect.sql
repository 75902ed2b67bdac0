-- Intent: what was in hand when a process died, and was nowhere on disk, is counted before it is handled again. Expand only: the column
-- may be null, and a program that does not know it runs on.

-- The key by which it was known; null: nothing died of it.
ALTER TABLE inbox ADD COLUMN suspect text;
