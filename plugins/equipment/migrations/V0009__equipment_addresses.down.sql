DROP VIEW equipment_addresses;
