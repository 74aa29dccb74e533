-- Patching the wrong computer stopped line 3; now it is on record which computer drives which machine.
-- stairwell: requires computers 1
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
