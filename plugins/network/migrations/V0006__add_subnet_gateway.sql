-- New machines are configured from the address plan, and the one thing it did not say was the gateway.
ALTER TABLE subnets ADD COLUMN gateway inet;
