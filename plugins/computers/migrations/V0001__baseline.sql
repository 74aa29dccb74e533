-- The computers as the spreadsheet of the IT office knew them, when this plugin took over from it.
CREATE TYPE computer_kind AS ENUM ('shop_floor', 'engineering', 'office', 'server');

CREATE TABLE operating_systems (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    version text NOT NULL,
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

COMMENT ON TABLE computers IS 'What an asset has in addition if it is a computer';
COMMENT ON COLUMN computers.network_note IS 'MAC addresses as somebody once typed them';
