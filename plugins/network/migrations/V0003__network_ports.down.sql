DROP TABLE network_ports;
