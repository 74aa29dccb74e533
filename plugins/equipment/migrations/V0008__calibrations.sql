-- ISO 9001 asks for the calibration of every measuring device, and for the certificate of the last one.
-- Only one calibration of a device counts at a time; the earlier ones are kept as superseded.
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
