ALTER TABLE usb_checkouts DROP COLUMN purpose;
