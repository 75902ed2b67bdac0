-- Intent: what happened to a conversation is found without going through every message of its thread. Expand only.
-- The few kinds of event that a history shows; a message's own event costs nothing here.
CREATE INDEX event_of_history ON event (tenant, entity_kind, entity_id, sequence) WHERE kind IN
    ('conversation_opened', 'conversation_reopened', 'owner_changed', 'conversation_closed', 'message_settled');
-- With the direction a customer's messages are counted in the index alone.
DROP INDEX message_by_conversation;
CREATE INDEX message_by_conversation ON message (tenant, conversation, position, id, direction);
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('event', 'event_of_history', '200000 200000 100000 4 1'),
    ('message', 'message_by_conversation', '1000000 1000000 10 1 1 1');
ANALYZE sqlite_schema;
