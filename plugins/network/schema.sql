-- What the migrations of `network` add up to: objects only, no rows. The suite holds them against this file.

CREATE TYPE network_role AS ENUM ('switch', 'router', 'access_point', 'firewall', 'gateway');

CREATE TABLE vlans (
    vlan_id integer NOT NULL,
    name text NOT NULL,
    CONSTRAINT pk_vlans PRIMARY KEY (vlan_id),
    CONSTRAINT uq_vlans_name UNIQUE (name),
    CONSTRAINT ck_vlans_vlan_id CHECK (vlan_id BETWEEN 1 AND 4094)
);

CREATE TABLE subnets (
    id bigint GENERATED ALWAYS AS IDENTITY,
    network cidr NOT NULL,
    gateway inet,
    vlan_id integer,
    description text,
    CONSTRAINT pk_subnets PRIMARY KEY (id),
    CONSTRAINT fk_subnets_vlan_id FOREIGN KEY (vlan_id) REFERENCES vlans (vlan_id),
    CONSTRAINT uq_subnets_network UNIQUE (network),
    CONSTRAINT ck_subnets_gateway CHECK (gateway << network)
);

CREATE TABLE network_devices (
    asset_id bigint NOT NULL,
    hostname text NOT NULL,
    role network_role NOT NULL DEFAULT 'switch',
    firmware_version text,
    CONSTRAINT pk_network_devices PRIMARY KEY (asset_id),
    CONSTRAINT fk_network_devices_asset_id FOREIGN KEY (asset_id) REFERENCES assets (id),
    CONSTRAINT uq_network_devices_hostname UNIQUE (hostname)
);

COMMENT ON TABLE network_devices IS 'What an asset has in addition if it is a network device';
COMMENT ON COLUMN vlans.vlan_id IS 'The number in the tag of a frame, hence the natural key';

CREATE TABLE ip_addresses (
    id bigserial NOT NULL,
    subnet_id bigint NOT NULL,
    address inet NOT NULL,
    asset_id bigint,
    reserved_for text,
    CONSTRAINT pk_ip_addresses PRIMARY KEY (id),
    CONSTRAINT fk_ip_addresses_subnet_id FOREIGN KEY (subnet_id) REFERENCES subnets (id),
    CONSTRAINT fk_ip_addresses_asset_id FOREIGN KEY (asset_id) REFERENCES assets (id),
    CONSTRAINT uq_ip_addresses_address UNIQUE (address),
    CONSTRAINT ck_ip_addresses_is_host CHECK (
        masklen(address) = CASE family(address) WHEN 4 THEN 32 ELSE 128 END
    )
);

CREATE INDEX ix_ip_addresses_subnet_id ON ip_addresses (subnet_id);
CREATE INDEX ix_ip_addresses_asset_id ON ip_addresses (asset_id);

COMMENT ON COLUMN ip_addresses.reserved_for IS 'A purpose, for an address that no asset has yet';

CREATE TABLE network_ports (
    id bigint GENERATED ALWAYS AS IDENTITY,
    device_id bigint NOT NULL,
    name text NOT NULL,
    vlan_id integer,
    wall_socket text,
    interface_id bigint,
    CONSTRAINT pk_network_ports PRIMARY KEY (id),
    CONSTRAINT fk_network_ports_device_id FOREIGN KEY (device_id) REFERENCES network_devices (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT fk_network_ports_vlan_id FOREIGN KEY (vlan_id) REFERENCES vlans (vlan_id),
    CONSTRAINT fk_network_ports_interface_id FOREIGN KEY (interface_id) REFERENCES computer_interfaces (id)
        ON DELETE SET NULL,
    CONSTRAINT uq_network_ports_device_id_name UNIQUE (device_id, name)
);

CREATE INDEX ix_network_ports_interface_id ON network_ports (interface_id);

COMMENT ON COLUMN network_ports.name IS 'As the device itself calls it, for example Gi1/0/24';

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
