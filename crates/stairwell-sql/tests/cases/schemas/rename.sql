CREATE SCHEMA old;
CREATE TYPE old.mood AS ENUM ('a');
CREATE DOMAIN old.d AS old.mood CHECK (VALUE = 'a');
CREATE TYPE old.c AS (m old.mood);
CREATE TABLE old.parent (id serial PRIMARY KEY, m old.mood, list old.c[], UNIQUE (m));
CREATE TABLE old.child (extra integer) INHERITS (old.parent);
CREATE TABLE t (id integer REFERENCES old.parent, m old.mood, d old.d);
CREATE INDEX by_m ON old.parent (m);
CREATE FUNCTION old.f(old.mood, c old.c[]) RETURNS old.d LANGUAGE sql AS 'SELECT NULL::old.d';
CREATE FUNCTION g(old.mood) RETURNS SETOF old.parent LANGUAGE sql AS 'SELECT * FROM old.parent';
CREATE FUNCTION old.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER touched BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION old.touch();
CREATE VIEW v AS SELECT m, list FROM old.parent;
CREATE VIEW old.w AS SELECT d FROM t;
COMMENT ON TABLE old.parent IS 'here';
ALTER SCHEMA old RENAME TO new;
-- refused
ALTER SCHEMA old RENAME TO other;
-- refused
ALTER SCHEMA new RENAME TO public;
-- refused
SELECT * FROM old.parent;
DROP FUNCTION g(new.mood);
ALTER TABLE new.parent ADD COLUMN more integer;
DROP TABLE new.child;
-- refused
DROP SCHEMA new;
