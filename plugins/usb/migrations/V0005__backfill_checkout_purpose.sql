-- Checkouts from before the policy say so, which is more honest than a guess.
UPDATE usb_checkouts
SET purpose = 'not recorded'
WHERE purpose IS NULL;
