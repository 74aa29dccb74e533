-- The new firewalls and fieldbus gateways are neither switch nor router.
-- A new type replaces the old one because a value added to an enum can never be taken away again.
-- stairwell: allow changing-column-type the application is stopped while it is upgraded
CREATE TYPE network_role AS ENUM ('switch', 'router', 'access_point', 'firewall', 'gateway');

ALTER TABLE network_devices ALTER COLUMN role DROP DEFAULT;

ALTER TABLE network_devices
    ALTER COLUMN role SET DATA TYPE network_role USING role::text::network_role;

ALTER TABLE network_devices ALTER COLUMN role SET DEFAULT 'switch';

DROP TYPE device_role;
