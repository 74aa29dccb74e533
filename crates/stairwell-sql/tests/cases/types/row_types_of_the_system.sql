CREATE FUNCTION tables() RETURNS SETOF pg_class LANGUAGE sql STABLE AS 'SELECT * FROM pg_class';
CREATE FUNCTION name_of(pg_type) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.typname::text';
