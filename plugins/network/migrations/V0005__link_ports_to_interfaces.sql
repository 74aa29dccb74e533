-- A port and a MAC address together tell which computer is plugged in where.
-- stairwell: requires computers 3
ALTER TABLE network_ports ADD COLUMN interface_id bigint;

ALTER TABLE network_ports
    ADD CONSTRAINT fk_network_ports_interface_id FOREIGN KEY (interface_id) REFERENCES computer_interfaces (id)
    ON DELETE SET NULL;

CREATE INDEX ix_network_ports_interface_id ON network_ports (interface_id);
