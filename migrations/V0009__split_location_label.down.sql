-- The computed label becomes an ordinary column that keeps its values, so every label returns letter for letter.
ALTER TABLE locations ALTER COLUMN label DROP EXPRESSION;

ALTER TABLE locations DROP CONSTRAINT ck_locations_area;
ALTER TABLE locations DROP CONSTRAINT ck_locations_seat;
ALTER TABLE locations DROP CONSTRAINT ck_locations_floor;
ALTER TABLE locations DROP CONSTRAINT ck_locations_building;
ALTER TABLE locations DROP CONSTRAINT ck_locations_seat_or_area;

ALTER TABLE locations DROP COLUMN area;
ALTER TABLE locations DROP COLUMN seat;
ALTER TABLE locations DROP COLUMN floor;
ALTER TABLE locations DROP COLUMN building;

COMMENT ON COLUMN locations.label IS 'As printed on the door, for example A-4.537';
