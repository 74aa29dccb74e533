-- Finding the socket behind a dead machine took a walk to the cabinet; now the cabinet's wiring is in the database.
CREATE TABLE network_ports (
    id bigint GENERATED ALWAYS AS IDENTITY,
    device_id bigint NOT NULL,
    name text NOT NULL,
    vlan_id integer,
    wall_socket text,
    CONSTRAINT pk_network_ports PRIMARY KEY (id),
    CONSTRAINT fk_network_ports_device_id FOREIGN KEY (device_id) REFERENCES network_devices (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT fk_network_ports_vlan_id FOREIGN KEY (vlan_id) REFERENCES vlans (vlan_id),
    CONSTRAINT uq_network_ports_device_id_name UNIQUE (device_id, name)
);

COMMENT ON COLUMN network_ports.name IS 'As the device itself calls it, for example Gi1/0/24';
