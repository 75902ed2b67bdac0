-- Intent: a line of the list finds what led its customer here without looking through the conversation's messages. Expand only: the
-- column may be null, and a program that does not know it runs on (what a customer tells one that knows only version 13 is shown above
-- the message alone).

-- The first message that names an advertisement; its row holds what it says, and nobody else.
ALTER TABLE conversation ADD COLUMN referred_by BLOB;
UPDATE conversation SET referred_by = (
    SELECT m.id FROM message m
    WHERE m.tenant = conversation.tenant AND m.conversation = conversation.id AND m.referral IS NOT NULL
    ORDER BY m.position LIMIT 1
)
WHERE EXISTS (
    SELECT 1 FROM message m
    WHERE m.tenant = conversation.tenant AND m.conversation = conversation.id AND m.referral IS NOT NULL
);
DROP INDEX message_referral;
