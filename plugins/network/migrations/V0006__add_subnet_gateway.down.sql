ALTER TABLE subnets DROP COLUMN gateway;
