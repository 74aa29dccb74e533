DROP TABLE computer_interfaces;
