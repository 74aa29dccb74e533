-- Old machine controllers take their programs from a USB stick; the sticks are numbered and lent against a signature.
-- This is the lending book.
CREATE TABLE usb_devices (
    asset_id bigint NOT NULL,
    capacity_gb integer NOT NULL,
    is_encrypted boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_usb_devices PRIMARY KEY (asset_id),
    CONSTRAINT fk_usb_devices_asset_id FOREIGN KEY (asset_id) REFERENCES assets (id),
    CONSTRAINT ck_usb_devices_capacity_gb CHECK (capacity_gb > 0)
);

CREATE TABLE usb_checkouts (
    id bigserial NOT NULL,
    device_id bigint NOT NULL,
    user_id bigint NOT NULL,
    computer_id bigint,
    checked_out_at timestamptz NOT NULL DEFAULT now(),
    returned_at timestamptz,
    CONSTRAINT pk_usb_checkouts PRIMARY KEY (id),
    CONSTRAINT fk_usb_checkouts_device_id FOREIGN KEY (device_id) REFERENCES usb_devices (asset_id),
    CONSTRAINT fk_usb_checkouts_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_usb_checkouts_computer_id FOREIGN KEY (computer_id) REFERENCES computers (asset_id),
    CONSTRAINT ck_usb_checkouts_returned_at CHECK (returned_at >= checked_out_at)
);

CREATE INDEX ix_usb_checkouts_user_id ON usb_checkouts (user_id);

COMMENT ON COLUMN usb_checkouts.computer_id IS 'Where the stick is to be used, if that is known';
