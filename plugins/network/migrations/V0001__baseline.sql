-- Switches, routers and the address plan, taken over from the network team's wiki.
CREATE TYPE device_role AS ENUM ('switch', 'router', 'access_point');

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
    vlan_id integer,
    description text,
    CONSTRAINT pk_subnets PRIMARY KEY (id),
    CONSTRAINT fk_subnets_vlan_id FOREIGN KEY (vlan_id) REFERENCES vlans (vlan_id),
    CONSTRAINT uq_subnets_network UNIQUE (network)
);

CREATE TABLE network_devices (
    asset_id bigint NOT NULL,
    hostname text NOT NULL,
    role device_role NOT NULL DEFAULT 'switch',
    firmware_version text,
    CONSTRAINT pk_network_devices PRIMARY KEY (asset_id),
    CONSTRAINT fk_network_devices_asset_id FOREIGN KEY (asset_id) REFERENCES assets (id),
    CONSTRAINT uq_network_devices_hostname UNIQUE (hostname)
);

COMMENT ON TABLE network_devices IS 'What an asset has in addition if it is a network device';
COMMENT ON COLUMN vlans.vlan_id IS 'The number in the tag of a frame, hence the natural key';
