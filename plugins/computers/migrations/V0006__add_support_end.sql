-- Machines on an operating system without patches have to leave the production network.
-- Some systems never get a date, so the column stays nullable.
ALTER TABLE operating_systems ADD COLUMN support_ends_on date;
