-- Twice a retired stick came back from a drawer with a virus of its time on it.
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
