-- Intent: fewer pages to be written for each message. Expand only: the previous binary finds everything where it was.
-- One index finds a message by the provider's id, of a number and of any; nobody looks for messages by their thread alone.
CREATE UNIQUE INDEX message_by_provider ON message (tenant, provider_message_id, number) WHERE provider_message_id IS NOT NULL;
DROP INDEX message_by_provider_id;
DROP INDEX message_by_provider_id_alone;
DROP INDEX message_by_thread;

-- A state changes with each message and keeps its key: with room for the next version beside the last one, no index is touched.
ALTER TABLE entity_state SET (fillfactor = 70);
