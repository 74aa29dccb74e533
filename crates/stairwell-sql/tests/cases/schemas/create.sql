CREATE SCHEMA a;
-- refused
CREATE SCHEMA a;
CREATE SCHEMA IF NOT EXISTS a;
-- refused
CREATE SCHEMA pg_mine;
CREATE SCHEMA "Mixed"
    CREATE VIEW v AS SELECT id FROM t
    CREATE TABLE t (id serial PRIMARY KEY, name text)
    CREATE SEQUENCE s
    CREATE INDEX ON t (name);
CREATE TABLE a.t (id integer, other integer REFERENCES "Mixed".t);
-- refused
CREATE TABLE nowhere.t (id integer);
-- refused
DROP SCHEMA a;
-- refused
DROP SCHEMA "Mixed";
DROP SCHEMA "Mixed" CASCADE;
DROP SCHEMA IF EXISTS "Mixed", nowhere;
-- refused
DROP SCHEMA nowhere;
CREATE SCHEMA empty;
DROP SCHEMA empty RESTRICT;
