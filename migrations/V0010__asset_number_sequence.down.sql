ALTER TABLE assets ALTER COLUMN asset_number DROP DEFAULT;

DROP SEQUENCE asset_number_seq;
