-- The new security policy asks why a stick was taken. Old checkouts have no answer, so the column starts nullable.
ALTER TABLE usb_checkouts ADD COLUMN purpose text;
