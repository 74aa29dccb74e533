DROP INDEX ix_maintenance_plans_next_due_on;

ALTER TABLE maintenance_plans DROP COLUMN next_due_on;

ALTER TABLE maintenance_plans DROP COLUMN last_done_on;
