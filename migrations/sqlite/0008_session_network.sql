-- Where a session began, derived under a secret of the house: the address cannot be read from it. Of sessions from before: null.
ALTER TABLE session ADD COLUMN network BLOB;
