-- A copy of this database was enough to unsubscribe anybody, as a test server showed us.
-- Only the hash of a token is kept now; links that were already sent go on working.
-- stairwell: irreversible a token cannot be recovered from its hash
UPDATE notification_subscriptions
SET unsubscribe_token = encode(sha256(convert_to(unsubscribe_token, 'UTF8')), 'hex');

ALTER TABLE notification_subscriptions
    ADD CONSTRAINT ck_notification_subscriptions_token_is_hash CHECK (unsubscribe_token ~ '^[0-9a-f]{64}$');

COMMENT ON COLUMN notification_subscriptions.unsubscribe_token IS 'SHA-256 of the token, in hexadecimal';
