-- A stick can be in one pocket only. Returned ones do not count, so the index is partial.
CREATE UNIQUE INDEX uq_usb_checkouts_device_id_open ON usb_checkouts (device_id)
WHERE returned_at IS NULL;
