-- The help desk looks up a caller's computer and reads the switch and the port from the same line.
CREATE VIEW connected_computers AS
SELECT
    computers.asset_id AS computer_id,
    computers.hostname,
    computer_interfaces.mac_address,
    network_devices.hostname AS switch,
    network_ports.name AS port,
    network_ports.wall_socket
FROM network_ports
INNER JOIN network_devices ON network_devices.asset_id = network_ports.device_id
INNER JOIN computer_interfaces ON computer_interfaces.id = network_ports.interface_id
INNER JOIN computers ON computers.asset_id = computer_interfaces.computer_id;
