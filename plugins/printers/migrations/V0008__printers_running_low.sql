-- The morning round refills what this view shows; it needs the place and the address of each printer.
-- stairwell: requires core 14
CREATE VIEW printers_running_low AS
SELECT
    printers.asset_id AS printer_id,
    printers.share_name,
    asset_overview.site_code,
    asset_overview.location_label,
    ip_addresses.address,
    printer_supplies.slot,
    printer_supplies.part_number,
    printer_supplies.toner_level
FROM printer_supplies
INNER JOIN printers ON printers.asset_id = printer_supplies.printer_id
INNER JOIN asset_overview ON asset_overview.asset_id = printers.asset_id
LEFT JOIN ip_addresses ON ip_addresses.id = printers.ip_address_id
WHERE printer_supplies.toner_level <= 15;
