DROP INDEX ix_network_ports_interface_id;

ALTER TABLE network_ports DROP CONSTRAINT fk_network_ports_interface_id;

ALTER TABLE network_ports DROP COLUMN interface_id;
