-- Intent: messages and files that failed are counted by what there are of them, not by a walk through all messages. Expand only: indexes,
-- and a program that does not know them runs on.
CREATE INDEX message_failed ON message (tenant, recorded_at) WHERE error_code IS NOT NULL;
CREATE INDEX media_failed ON media (tenant, wanted_at) WHERE state = 'failed';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('message', 'message_failed', '1000 1000 1'),
    ('media', 'media_failed', '1000 1000 1');
ANALYZE sqlite_schema;
