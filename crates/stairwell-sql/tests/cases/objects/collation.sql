CREATE COLLATION mine (locale = 'C');
CREATE COLLATION copy FROM "C";
CREATE COLLATION IF NOT EXISTS mine (locale = 'C');
-- refused
CREATE COLLATION mine (locale = 'C');
CREATE TABLE t (a text COLLATE mine, b text COLLATE "C", c text COLLATE pg_catalog."default");
CREATE DOMAIN d AS text COLLATE mine;
CREATE TYPE ty AS (a text COLLATE mine);
COMMENT ON COLLATION mine IS 'ours';
ALTER COLLATION mine RENAME TO "Our Own";
CREATE SCHEMA s;
ALTER COLLATION "Our Own" SET SCHEMA s;
ALTER SCHEMA s RENAME TO "S";
-- refused
DROP COLLATION mine;
-- refused
DROP COLLATION "S"."Our Own";
DROP COLLATION copy;
DROP COLLATION IF EXISTS copy;
-- refused
CREATE TABLE u (a text COLLATE nowhere.nobody);
