CREATE EXTENSION citext;
-- refused
CREATE EXTENSION citext;
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS plpgsql;
-- refused
CREATE EXTENSION plpgsql;
CREATE SCHEMA ext;
CREATE EXTENSION hstore WITH SCHEMA ext;
-- refused
CREATE EXTENSION pg_trgm SCHEMA nowhere;
-- refused
CREATE EXTENSION earthdistance;
CREATE EXTENSION earthdistance SCHEMA ext CASCADE;
CREATE EXTENSION "uuid-ossp";
CREATE TABLE t (a citext, b ext.hstore, c ext.earth, d uuid DEFAULT uuid_generate_v4(), e citext[], f integer);
CREATE DOMAIN mail AS citext CHECK (VALUE ~ '@');
CREATE FUNCTION f(citext) RETURNS ext.hstore LANGUAGE sql AS 'SELECT NULL::ext.hstore';
COMMENT ON EXTENSION citext IS 'ours';
-- refused
DROP SCHEMA ext;
-- refused
DROP EXTENSION citext;
-- refused
DROP EXTENSION cube;
ALTER EXTENSION hstore SET SCHEMA public;
ALTER EXTENSION citext SET SCHEMA ext;
-- refused
ALTER EXTENSION citext SET SCHEMA nowhere;
-- refused
ALTER EXTENSION nobody SET SCHEMA ext;
ALTER EXTENSION citext UPDATE;
ALTER SCHEMA ext RENAME TO more;
DROP EXTENSION citext CASCADE;
DROP EXTENSION cube CASCADE;
DROP EXTENSION IF EXISTS nobody, cube;
-- refused
DROP EXTENSION nobody;
