-- Firewall requests name a machine, the firewall wants an address: its own, or that of the computer that drives it.
-- stairwell: requires network 2
CREATE VIEW equipment_addresses AS
SELECT
    equipment.asset_id AS equipment_id,
    assets.asset_number,
    assets.name,
    computers.hostname AS controller,
    ip_addresses.address
FROM equipment
INNER JOIN assets ON assets.id = equipment.asset_id
LEFT JOIN equipment_controllers ON equipment_controllers.equipment_id = equipment.asset_id
LEFT JOIN computers ON computers.asset_id = equipment_controllers.computer_id
INNER JOIN ip_addresses ON ip_addresses.asset_id IN (equipment.asset_id, computers.asset_id);

COMMENT ON VIEW equipment_addresses IS 'Machines with their own addresses and those of their controllers';
