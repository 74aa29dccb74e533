DROP TABLE network_devices;

DROP TABLE subnets;

DROP TABLE vlans;

DROP TYPE device_role;
