-- Intent: an address has a time, a customer may have a name to be found by, and a name is found without its accents. Expand only.

-- When the customer last wrote from it; 0: before anybody wrote that down.
ALTER TABLE address ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
-- Since when it is not theirs any more.
ALTER TABLE address ADD COLUMN retired_at INTEGER;
-- Without `@`.
ALTER TABLE contact ADD COLUMN username TEXT;

-- `name_key` is the name in lower case, a line break, and its words without accents. What a version before this one wrote has no line
-- break: tidying finds it here and adds the words.
UPDATE contact SET name_key = replace(name_key, '
', ' ') WHERE name_key LIKE '%
%';
CREATE INDEX contact_to_fold ON contact (tenant, id) WHERE replace(name_key, '
', '') = name_key;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('contact', 'contact_to_fold', '1000 1000 1');
ANALYZE sqlite_schema;
