-- The network team has corrected the old gateways, so the check can vouch for every row.
ALTER TABLE subnets VALIDATE CONSTRAINT ck_subnets_gateway;
