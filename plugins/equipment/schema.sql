-- What the migrations of `equipment` add up to: objects only, no rows. The suite holds them against this file.

CREATE TYPE equipment_criticality AS ENUM ('low', 'normal', 'line_stopping');

CREATE TABLE equipment_models (
    id bigint GENERATED ALWAYS AS IDENTITY,
    vendor_id bigint NOT NULL,
    name text NOT NULL,
    rated_load text,
    load_capacity_kg numeric(10, 3),
    load_capacity_is_read boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_equipment_models PRIMARY KEY (id),
    CONSTRAINT fk_equipment_models_vendor_id FOREIGN KEY (vendor_id) REFERENCES vendors (id),
    CONSTRAINT uq_equipment_models_vendor_id_name UNIQUE (vendor_id, name),
    CONSTRAINT ck_equipment_models_load_capacity_kg CHECK (load_capacity_kg > 0)
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
COMMENT ON COLUMN equipment_models.load_capacity_is_read IS 'Read from rated_load, not yet confirmed by a person';

CREATE TABLE maintenance_plans (
    id bigint GENERATED ALWAYS AS IDENTITY,
    equipment_id bigint NOT NULL,
    title text NOT NULL,
    interval_days integer NOT NULL,
    last_done_on date,
    next_due_on date GENERATED ALWAYS AS (last_done_on + interval_days) STORED,
    CONSTRAINT pk_maintenance_plans PRIMARY KEY (id),
    CONSTRAINT fk_maintenance_plans_equipment_id FOREIGN KEY (equipment_id) REFERENCES equipment (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT uq_maintenance_plans_equipment_id_title UNIQUE (equipment_id, title),
    CONSTRAINT ck_maintenance_plans_interval_days CHECK (interval_days BETWEEN 1 AND 3660)
);

CREATE INDEX ix_maintenance_plans_next_due_on ON maintenance_plans (next_due_on);

COMMENT ON COLUMN maintenance_plans.next_due_on IS 'NULL if it was never done, which means: due now';

CREATE TABLE maintenance_events (
    id bigserial NOT NULL,
    plan_id bigint NOT NULL,
    performed_on date NOT NULL,
    performed_by_id bigint,
    finding text,
    CONSTRAINT pk_maintenance_events PRIMARY KEY (id),
    CONSTRAINT fk_maintenance_events_plan_id FOREIGN KEY (plan_id) REFERENCES maintenance_plans (id)
        ON DELETE CASCADE,
    CONSTRAINT fk_maintenance_events_performed_by_id FOREIGN KEY (performed_by_id) REFERENCES users (id)
);

CREATE INDEX ix_maintenance_events_plan_id_performed_on ON maintenance_events (plan_id, performed_on);

COMMENT ON COLUMN maintenance_events.performed_by_id IS 'NULL if the vendor''s technician did it';

CREATE TABLE equipment_controllers (
    equipment_id bigint NOT NULL,
    computer_id bigint NOT NULL,
    purpose text NOT NULL DEFAULT 'control',
    CONSTRAINT pk_equipment_controllers PRIMARY KEY (equipment_id, computer_id),
    CONSTRAINT fk_equipment_controllers_equipment_id FOREIGN KEY (equipment_id) REFERENCES equipment (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT fk_equipment_controllers_computer_id FOREIGN KEY (computer_id) REFERENCES computers (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT ck_equipment_controllers_purpose CHECK (purpose IN ('control', 'data_collection', 'display'))
);

CREATE INDEX ix_equipment_controllers_computer_id ON equipment_controllers (computer_id);

CREATE TABLE calibrations (
    id bigint GENERATED ALWAYS AS IDENTITY,
    equipment_id bigint NOT NULL,
    certificate_number text NOT NULL,
    calibrated_on date NOT NULL,
    valid_until date NOT NULL,
    is_superseded boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_calibrations PRIMARY KEY (id),
    CONSTRAINT fk_calibrations_equipment_id FOREIGN KEY (equipment_id) REFERENCES equipment (asset_id),
    CONSTRAINT ck_calibrations_valid_until CHECK (valid_until > calibrated_on)
);

CREATE UNIQUE INDEX uq_calibrations_equipment_id_current ON calibrations (equipment_id)
WHERE NOT is_superseded;

CREATE VIEW equipment_addresses AS
SELECT
    equipment.asset_id AS equipment_id,
    assets.asset_number,
    assets.name,
    computers.hostname AS controller,
    ip_addresses.address
FROM equipment
INNER JOIN assets ON assets.id = equipment.asset_id
LEFT JOIN equipment_controllers ON equipment_controllers.equipment_id = equipment.asset_id
LEFT JOIN computers ON computers.asset_id = equipment_controllers.computer_id
INNER JOIN ip_addresses ON ip_addresses.asset_id IN (equipment.asset_id, computers.asset_id);

COMMENT ON VIEW equipment_addresses IS 'Machines with their own addresses and those of their controllers';
