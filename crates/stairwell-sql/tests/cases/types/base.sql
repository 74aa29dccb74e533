CREATE TYPE base_type;
-- refused
CREATE TYPE base_type;
CREATE FUNCTION base_type_in(cstring) RETURNS base_type LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION base_type_out(base_type) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE base_type (INPUT = base_type_in, OUTPUT = base_type_out, LIKE = integer);
CREATE TABLE t (a base_type);
DROP TYPE base_type CASCADE;
