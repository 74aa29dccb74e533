DROP TABLE equipment_controllers;
