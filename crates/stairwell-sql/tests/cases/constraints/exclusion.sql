CREATE EXTENSION btree_gist;
CREATE TABLE t (room int, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&), CONSTRAINT named EXCLUDE USING gist (during WITH &&) WHERE (room > 3));
ALTER TABLE t ADD EXCLUDE USING gist (int4range(room, room + 1) WITH &&) DEFERRABLE;
ALTER TABLE t ADD EXCLUDE (room WITH =);
ALTER TABLE t DROP CONSTRAINT named;
