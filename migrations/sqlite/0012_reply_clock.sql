-- Intent: a conversation's row says how long its agent has to say something, and until when nobody who missed it is asked again. Expand
-- only: both may be null, and a program that does not know them runs on.

-- JSON as text, as the owner is: when the clock began, when it runs out, how long it was to run. Null: no such clock runs.
ALTER TABLE conversation ADD COLUMN reply_clock TEXT;
-- JSON as text, as `excluded` is: agents who missed it, each with the instant from which they may be asked if nobody else can be.
ALTER TABLE conversation ADD COLUMN pauses TEXT;
