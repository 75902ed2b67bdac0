-- Intent: messages and files that failed are counted by what there are of them, not by a walk through all messages. Expand only: indexes,
-- and a program that does not know them runs on.
-- By `error_code` and not by the status: statuses change with each message, and a row whose indexed columns change cannot be updated in place.
CREATE INDEX message_failed ON message (tenant, recorded_at) WHERE error_code IS NOT NULL;
CREATE INDEX media_failed ON media (tenant, wanted_at) WHERE state = 'failed';
