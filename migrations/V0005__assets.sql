-- The one list of everything that carries an inventory sticker.
-- Plugins hang their own columns on it, with a table whose primary key is the asset's id.
CREATE TYPE asset_status AS ENUM ('active', 'in_repair', 'spare', 'retired');

CREATE TABLE assets (
    id bigint GENERATED ALWAYS AS IDENTITY,
    asset_number text NOT NULL,
    asset_type_code text NOT NULL,
    name text NOT NULL,
    serial_number text,
    status asset_status NOT NULL DEFAULT 'active',
    location_id bigint,
    department_id bigint,
    purchased_on date,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_assets PRIMARY KEY (id),
    CONSTRAINT fk_assets_asset_type_code FOREIGN KEY (asset_type_code) REFERENCES asset_types (code),
    CONSTRAINT fk_assets_location_id FOREIGN KEY (location_id) REFERENCES locations (id),
    CONSTRAINT fk_assets_department_id FOREIGN KEY (department_id) REFERENCES departments (id),
    CONSTRAINT uq_assets_asset_number UNIQUE (asset_number)
);

CREATE INDEX ix_assets_asset_type_code ON assets (asset_type_code);
CREATE INDEX ix_assets_location_id ON assets (location_id);

COMMENT ON TABLE assets IS 'Everything that carries an inventory sticker';
COMMENT ON COLUMN assets.asset_number IS 'As printed on the sticker';
