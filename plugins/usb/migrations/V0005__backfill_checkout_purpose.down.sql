-- The forms refuse this text, so only the backfill can have written it.
UPDATE usb_checkouts
SET purpose = NULL
WHERE purpose = 'not recorded';
