-- Maintenance plans lived in a calendar that was deleted together with its owner's account.
CREATE TABLE maintenance_plans (
    id bigint GENERATED ALWAYS AS IDENTITY,
    equipment_id bigint NOT NULL,
    title text NOT NULL,
    interval_days integer NOT NULL,
    CONSTRAINT pk_maintenance_plans PRIMARY KEY (id),
    CONSTRAINT fk_maintenance_plans_equipment_id FOREIGN KEY (equipment_id) REFERENCES equipment (asset_id)
        ON DELETE CASCADE,
    CONSTRAINT uq_maintenance_plans_equipment_id_title UNIQUE (equipment_id, title),
    CONSTRAINT ck_maintenance_plans_interval_days CHECK (interval_days BETWEEN 1 AND 3660)
);

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
