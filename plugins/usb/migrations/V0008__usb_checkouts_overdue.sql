-- Whoever has had a stick for more than a week gets a friendly call; the computer tells where to look for it.
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
