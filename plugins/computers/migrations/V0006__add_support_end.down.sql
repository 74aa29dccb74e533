ALTER TABLE operating_systems DROP COLUMN support_ends_on;
