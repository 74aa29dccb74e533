DROP TABLE ip_addresses;
