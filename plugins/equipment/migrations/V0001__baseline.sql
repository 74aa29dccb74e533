-- The machine list of the maintenance department, with its models in a table of their own.
CREATE TYPE equipment_criticality AS ENUM ('low', 'normal', 'line_stopping');

CREATE TABLE equipment_models (
    id bigint GENERATED ALWAYS AS IDENTITY,
    vendor_id bigint NOT NULL,
    name text NOT NULL,
    rated_load text,
    CONSTRAINT pk_equipment_models PRIMARY KEY (id),
    CONSTRAINT fk_equipment_models_vendor_id FOREIGN KEY (vendor_id) REFERENCES vendors (id),
    CONSTRAINT uq_equipment_models_vendor_id_name UNIQUE (vendor_id, name)
);

CREATE TABLE equipment (
    asset_id bigint NOT NULL,
    model_id bigint,
    criticality equipment_criticality NOT NULL DEFAULT 'normal',
    commissioned_on date,
    CONSTRAINT pk_equipment PRIMARY KEY (asset_id),
    CONSTRAINT fk_equipment_asset_id FOREIGN KEY (asset_id) REFERENCES assets (id),
    CONSTRAINT fk_equipment_model_id FOREIGN KEY (model_id) REFERENCES equipment_models (id)
);

CREATE INDEX ix_equipment_model_id ON equipment (model_id);

COMMENT ON TABLE equipment IS 'What an asset has in addition if it is a machine or a tool';
COMMENT ON COLUMN equipment_models.rated_load IS 'As it stands on the nameplate, for example 2,5 t';
