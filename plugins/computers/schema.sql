-- What the migrations of `computers` add up to: objects only, no rows. The suite holds them against this file.

CREATE TYPE computer_kind AS ENUM ('shop_floor', 'engineering', 'office', 'server');

CREATE TABLE operating_systems (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    version text NOT NULL,
    support_ends_on date,
    CONSTRAINT pk_operating_systems PRIMARY KEY (id),
    CONSTRAINT uq_operating_systems_name_version UNIQUE (name, version)
);

CREATE TABLE computers (
    asset_id bigint NOT NULL,
    hostname text NOT NULL,
    kind computer_kind NOT NULL,
    operating_system_id bigint,
    network_note text,
    last_reported_at timestamptz,
    CONSTRAINT pk_computers PRIMARY KEY (asset_id),
    CONSTRAINT fk_computers_asset_id FOREIGN KEY (asset_id) REFERENCES assets (id),
    CONSTRAINT fk_computers_operating_system_id FOREIGN KEY (operating_system_id) REFERENCES operating_systems (id)
);

CREATE INDEX ix_computers_operating_system_id ON computers (operating_system_id);
CREATE UNIQUE INDEX uq_computers_hostname_lower ON computers (lower(hostname));

COMMENT ON TABLE computers IS 'What an asset has in addition if it is a computer';
COMMENT ON COLUMN computers.network_note IS 'MAC addresses as somebody once typed them';

CREATE TRIGGER record_audit_entry
AFTER INSERT OR UPDATE OR DELETE ON computers
FOR EACH ROW EXECUTE FUNCTION record_audit_entry('asset_id');

CREATE TABLE computer_interfaces (
    id bigint GENERATED ALWAYS AS IDENTITY,
    computer_id bigint NOT NULL,
    label text NOT NULL,
    mac_address macaddr NOT NULL,
    origin text NOT NULL DEFAULT 'entered',
    CONSTRAINT pk_computer_interfaces PRIMARY KEY (id),
    CONSTRAINT fk_computer_interfaces_computer_id FOREIGN KEY (computer_id) REFERENCES computers (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT uq_computer_interfaces_computer_id_mac_address UNIQUE (computer_id, mac_address),
    CONSTRAINT ck_computer_interfaces_origin CHECK (origin IN ('entered', 'reported', 'network_note'))
);

CREATE INDEX ix_computer_interfaces_mac_address ON computer_interfaces (mac_address);

COMMENT ON COLUMN computer_interfaces.mac_address IS 'Not unique: a docking station goes from desk to desk';

CREATE TABLE software_products (
    id bigserial NOT NULL,
    publisher text NOT NULL,
    name text NOT NULL,
    licenses_owned integer,
    CONSTRAINT pk_software_products PRIMARY KEY (id),
    CONSTRAINT uq_software_products_publisher_name UNIQUE (publisher, name),
    CONSTRAINT ck_software_products_licenses_owned CHECK (licenses_owned >= 0)
);

CREATE TABLE computer_software (
    computer_id bigint NOT NULL,
    product_id bigint NOT NULL,
    version text,
    installed_on date,
    CONSTRAINT pk_computer_software PRIMARY KEY (computer_id, product_id),
    CONSTRAINT fk_computer_software_computer_id FOREIGN KEY (computer_id) REFERENCES computers (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT fk_computer_software_product_id FOREIGN KEY (product_id) REFERENCES software_products (id)
);

CREATE INDEX ix_computer_software_product_id ON computer_software (product_id);

COMMENT ON COLUMN software_products.licenses_owned IS 'NULL if the product needs no licence';

CREATE VIEW computers_out_of_support AS
SELECT
    computers.asset_id,
    assets.asset_number,
    computers.hostname,
    operating_systems.name AS operating_system,
    operating_systems.version,
    operating_systems.support_ends_on
FROM computers
INNER JOIN assets ON assets.id = computers.asset_id
INNER JOIN operating_systems ON operating_systems.id = computers.operating_system_id
WHERE
    operating_systems.support_ends_on < CURRENT_DATE
    AND assets.status <> 'retired';
