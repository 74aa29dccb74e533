-- From now on no stick leaves without a reason; a blank is none.
ALTER TABLE usb_checkouts ALTER COLUMN purpose SET NOT NULL;

ALTER TABLE usb_checkouts
    ADD CONSTRAINT ck_usb_checkouts_purpose CHECK (btrim(purpose) <> '');
