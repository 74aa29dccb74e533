CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE t (id integer, m mood, list mood[], after text);
CREATE INDEX by_mood ON t (m);
CREATE VIEW v AS SELECT id, m FROM t;
CREATE TYPE c AS (a integer, m mood, z text);
CREATE DOMAIN d AS mood;
CREATE FUNCTION f(m mood) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION g() RETURNS mood LANGUAGE sql AS 'SELECT NULL::mood';
CREATE TABLE cast_default (a text DEFAULT 'a'::mood::text, b integer);
-- refused
DROP TYPE mood;
-- refused
DROP TYPE IF EXISTS mood RESTRICT;
DROP TYPE mood CASCADE;
-- refused
DROP TYPE mood;
DROP TYPE IF EXISTS mood, nobody, nowhere.nothing CASCADE;
DROP TYPE c;
