CREATE EXTENSION pg_trgm;
CREATE TABLE t (a text, b text);
CREATE INDEX i ON t USING gin (a gin_trgm_ops);
CREATE INDEX j ON t (a);
DROP EXTENSION pg_trgm CASCADE;
CREATE EXTENSION citext;
-- refused
DROP FUNCTION nobody;
-- refused
DROP FUNCTION nobody(integer);
