DROP TABLE equipment;

DROP TABLE equipment_models;

DROP TYPE equipment_criticality;
