-- Nobody can ask a nameplate text for every crane that lifts two tonnes, so the load gets a number in kilograms.
-- The flag marks numbers that were read from the text instead of entered.
ALTER TABLE equipment_models ADD COLUMN load_capacity_kg numeric(10, 3);
ALTER TABLE equipment_models ADD COLUMN load_capacity_is_read boolean NOT NULL DEFAULT false;

ALTER TABLE equipment_models
    ADD CONSTRAINT ck_equipment_models_load_capacity_kg CHECK (load_capacity_kg > 0);

COMMENT ON COLUMN equipment_models.load_capacity_is_read IS 'Read from rated_load, not yet confirmed by a person';
