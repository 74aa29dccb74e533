-- Firewalls and gateways become routers, which is what they were entered as before.
CREATE TYPE device_role AS ENUM ('switch', 'router', 'access_point');

ALTER TABLE network_devices ALTER COLUMN role DROP DEFAULT;

ALTER TABLE network_devices
    ALTER COLUMN role SET DATA TYPE device_role
    USING (
        CASE
            WHEN role IN ('firewall', 'gateway') THEN 'router'
            ELSE role::text
        END
    )::device_role;

ALTER TABLE network_devices ALTER COLUMN role SET DEFAULT 'switch';

DROP TYPE network_role;
