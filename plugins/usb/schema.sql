-- What the migrations of `usb` add up to: objects only, no rows. The suite holds them against this file.

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
    purpose text NOT NULL,
    CONSTRAINT pk_usb_checkouts PRIMARY KEY (id),
    CONSTRAINT fk_usb_checkouts_device_id FOREIGN KEY (device_id) REFERENCES usb_devices (asset_id),
    CONSTRAINT fk_usb_checkouts_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_usb_checkouts_computer_id FOREIGN KEY (computer_id) REFERENCES computers (asset_id),
    CONSTRAINT ck_usb_checkouts_returned_at CHECK (returned_at >= checked_out_at),
    CONSTRAINT ck_usb_checkouts_purpose CHECK (btrim(purpose) <> '')
);

CREATE INDEX ix_usb_checkouts_user_id ON usb_checkouts (user_id);
CREATE UNIQUE INDEX uq_usb_checkouts_device_id_open ON usb_checkouts (device_id)
WHERE returned_at IS NULL;

COMMENT ON COLUMN usb_checkouts.computer_id IS 'Where the stick is to be used, if that is known';

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

CREATE FUNCTION refuse_retired_usb_device() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (
        SELECT 1
        FROM assets
        WHERE
            assets.id = NEW.device_id
            AND assets.status = 'retired'
    ) THEN
        RAISE EXCEPTION 'USB device % is retired', NEW.device_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refuse_retired_usb_device';
    END IF;

    RETURN NEW;
END
$$;

CREATE TRIGGER refuse_retired_usb_device
BEFORE INSERT ON usb_checkouts
FOR EACH ROW EXECUTE FUNCTION refuse_retired_usb_device();

CREATE VIEW usb_checkouts_overdue AS
SELECT
    usb_checkouts.id AS checkout_id,
    assets.asset_number,
    users.full_name,
    users.email,
    computers.hostname,
    usb_checkouts.checked_out_at,
    usb_checkouts.purpose
FROM usb_checkouts
INNER JOIN assets ON assets.id = usb_checkouts.device_id
INNER JOIN users ON users.id = usb_checkouts.user_id
LEFT JOIN computers ON computers.asset_id = usb_checkouts.computer_id
WHERE
    usb_checkouts.returned_at IS NULL
    AND usb_checkouts.checked_out_at < now() - interval '7 days';
