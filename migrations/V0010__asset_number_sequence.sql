-- Two receiving desks kept inventing the same asset number; the database now hands them out.
-- Stickers from S100000 upwards have never been printed, so no old number can collide.
CREATE SEQUENCE asset_number_seq AS bigint START WITH 100000;

ALTER TABLE assets ALTER COLUMN asset_number SET DEFAULT 'S' || nextval('asset_number_seq')::text;
