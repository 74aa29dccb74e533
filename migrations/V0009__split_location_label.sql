-- Evacuation lists are printed per floor, so a label like A-4.537 becomes building A, floor 4, seat 537.
-- A label that does not have this shape ("Dock 3") stays as it is, as an area; the label itself is now computed.
-- stairwell: allow ban-drop-column the label comes back under its old name, computed from its parts
ALTER TABLE locations ADD COLUMN building text;
ALTER TABLE locations ADD COLUMN floor integer;
ALTER TABLE locations ADD COLUMN seat text;
ALTER TABLE locations ADD COLUMN area text;

-- Only labels that the parts give back letter for letter: not A-04.537, whose floor would come back as 4.
-- A seat is text and keeps its leading zeros.
UPDATE locations
SET
    building = split.part[1],
    floor = split.part[2]::integer,
    seat = split.part[3]
FROM (
    SELECT
        id,
        regexp_match(label, '^([A-Z]+)-(0|-?[1-9][0-9]?)\.([0-9]+)$') AS part
    FROM locations
) AS split
WHERE split.id = locations.id;

UPDATE locations
SET area = label
WHERE building IS NULL;

ALTER TABLE locations DROP CONSTRAINT uq_locations_site_id_label;

ALTER TABLE locations DROP COLUMN label;

ALTER TABLE locations
    ADD CONSTRAINT ck_locations_seat_or_area CHECK (
        (area IS NOT NULL AND building IS NULL AND floor IS NULL AND seat IS NULL)
        OR (area IS NULL AND building IS NOT NULL AND floor IS NOT NULL AND seat IS NOT NULL)
    );

-- What can be written from now on is what can be split again, so parts and labels stand for each other both ways.
ALTER TABLE locations
    ADD CONSTRAINT ck_locations_building CHECK (building ~ '^[A-Z]+$');

ALTER TABLE locations
    ADD CONSTRAINT ck_locations_floor CHECK (floor BETWEEN -99 AND 99);

ALTER TABLE locations
    ADD CONSTRAINT ck_locations_seat CHECK (seat ~ '^[0-9]+$');

ALTER TABLE locations
    ADD CONSTRAINT ck_locations_area CHECK (area !~ '^[A-Z]+-(0|-?[1-9][0-9]?)\.[0-9]+$');

ALTER TABLE locations
    ADD COLUMN label text NOT NULL
    GENERATED ALWAYS AS (COALESCE(area, building || '-' || floor::text || '.' || seat)) STORED;

ALTER TABLE locations
    ADD CONSTRAINT uq_locations_site_id_label UNIQUE (site_id, label);

COMMENT ON COLUMN locations.floor IS '0 is the ground floor, -1 the first basement';
COMMENT ON COLUMN locations.area IS 'A place without a seat number, for example Dock 3';
COMMENT ON COLUMN locations.label IS 'As printed on the door, computed from its parts';
