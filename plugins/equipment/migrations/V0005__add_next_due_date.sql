-- The foreman asks what is due this week; the database computes that, so that no report gets it wrong.
ALTER TABLE maintenance_plans ADD COLUMN last_done_on date;

ALTER TABLE maintenance_plans
    ADD COLUMN next_due_on date GENERATED ALWAYS AS (last_done_on + interval_days) STORED;

CREATE INDEX ix_maintenance_plans_next_due_on ON maintenance_plans (next_due_on);

COMMENT ON COLUMN maintenance_plans.next_due_on IS 'NULL if it was never done, which means: due now';
