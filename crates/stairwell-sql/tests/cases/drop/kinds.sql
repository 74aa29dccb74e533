CREATE TABLE t (id serial PRIMARY KEY, n integer GENERATED ALWAYS AS IDENTITY, name text UNIQUE);
CREATE VIEW v AS SELECT 1 AS one;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
CREATE SEQUENCE s;
CREATE INDEX i ON t (name);
CREATE TYPE e AS ENUM ('a');
-- refused
DROP TABLE v;
-- refused
DROP TABLE IF EXISTS v;
-- refused
DROP TABLE m;
-- refused
DROP TABLE s;
-- refused
DROP TABLE i;
-- refused
DROP VIEW t;
-- refused
DROP VIEW m;
-- refused
DROP MATERIALIZED VIEW v;
-- refused
DROP SEQUENCE t;
-- refused
DROP INDEX t;
-- refused
DROP TYPE t;
-- refused
DROP TABLE e;
-- refused
DROP FOREIGN TABLE t;
-- refused
DROP INDEX t_pkey;
-- refused
DROP INDEX t_pkey CASCADE;
-- refused
DROP INDEX IF EXISTS t_name_key;
-- refused
DROP SEQUENCE t_n_seq;
-- refused
DROP SEQUENCE t_n_seq CASCADE;
-- refused
DROP SEQUENCE t_id_seq;
-- refused
DROP TABLE nobody;
-- refused
DROP TABLE t, nobody;
DROP TABLE IF EXISTS nobody, nowhere.nobody;
DROP SEQUENCE t_id_seq CASCADE;
DROP INDEX i;
DROP VIEW v;
DROP MATERIALIZED VIEW m;
DROP SEQUENCE IF EXISTS s, s2;
DROP TYPE e;
