ALTER TABLE usb_checkouts DROP CONSTRAINT ck_usb_checkouts_purpose;

ALTER TABLE usb_checkouts ALTER COLUMN purpose DROP NOT NULL;
