CREATE SEQUENCE numbers;
CREATE FUNCTION ok(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE DOMAIN checked AS integer CHECK (ok(VALUE));
CREATE DOMAIN with_default AS bigint DEFAULT nextval('numbers');
CREATE TABLE t (a checked, b with_default, c integer);
-- refused
DROP FUNCTION ok(integer);
DROP FUNCTION ok(integer) CASCADE;
-- refused
DROP SEQUENCE numbers;
DROP SEQUENCE numbers CASCADE;
