ALTER TABLE equipment_models DROP CONSTRAINT ck_equipment_models_load_capacity_kg;

ALTER TABLE equipment_models DROP COLUMN load_capacity_is_read;
ALTER TABLE equipment_models DROP COLUMN load_capacity_kg;
