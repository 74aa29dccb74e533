-- A gateway outside of its subnet is always a typing error.
-- New rows are checked from now on; existing ones by the next migration, which does not block writers.
ALTER TABLE subnets
    ADD CONSTRAINT ck_subnets_gateway CHECK (gateway << network) NOT VALID;
