ALTER TABLE subnets DROP CONSTRAINT ck_subnets_gateway;
