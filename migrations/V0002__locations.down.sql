DROP TABLE locations;

DROP TYPE location_kind;
