-- A stick that was outside of the factory is wiped before it meets a machine again, and the auditor wants to see when.
CREATE TYPE wipe_method AS ENUM ('quick_format', 'overwrite', 'crypto_erase');

CREATE TABLE usb_wipes (
    id bigint GENERATED ALWAYS AS IDENTITY,
    device_id bigint NOT NULL,
    method wipe_method NOT NULL,
    wiped_at timestamptz NOT NULL DEFAULT now(),
    wiped_by_id bigint NOT NULL,
    CONSTRAINT pk_usb_wipes PRIMARY KEY (id),
    CONSTRAINT fk_usb_wipes_device_id FOREIGN KEY (device_id) REFERENCES usb_devices (asset_id),
    CONSTRAINT fk_usb_wipes_wiped_by_id FOREIGN KEY (wiped_by_id) REFERENCES users (id)
);

CREATE INDEX ix_usb_wipes_device_id_wiped_at ON usb_wipes (device_id, wiped_at);
