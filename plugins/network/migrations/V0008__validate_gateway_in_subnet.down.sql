-- A validated constraint cannot be made unvalidated; it is taken away and added again.
ALTER TABLE subnets DROP CONSTRAINT ck_subnets_gateway;

ALTER TABLE subnets
    ADD CONSTRAINT ck_subnets_gateway CHECK (gateway << network) NOT VALID;
