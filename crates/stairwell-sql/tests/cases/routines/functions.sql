CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE printers (id bigint PRIMARY KEY, name varchar(40), price numeric(10,2), tags text[]);
CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION arguments(a int, b varchar(9), c numeric(10,2), d char(3), timestamptz, e bit(3), f mood, g mood[])
  RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN a; END $$;
CREATE FUNCTION arguments(a int) RETURNS varchar(20) LANGUAGE sql AS 'SELECT ''a''::varchar';
CREATE FUNCTION one_out(a int, OUT b text) LANGUAGE sql AS $$ SELECT 'a' $$;
CREATE FUNCTION two_out(a int, OUT b text, INOUT c int, VARIADIC d int[] DEFAULT '{}') LANGUAGE plpgsql AS $$ BEGIN b := 'a'; END $$;
CREATE FUNCTION a_table(a int) RETURNS TABLE (id bigint, name text) LANGUAGE sql AS $$ SELECT id, name FROM printers $$;
CREATE FUNCTION a_table_of_one(a int) RETURNS TABLE (id bigint) LANGUAGE sql AS $$ SELECT id FROM printers $$;
CREATE FUNCTION rows_of() RETURNS SETOF printers LANGUAGE sql AS $$ SELECT * FROM printers $$;
CREATE FUNCTION a_set() RETURNS SETOF int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION a_set_of_arrays() RETURNS SETOF int[] LANGUAGE sql AS $$ SELECT ARRAY[1] $$;
CREATE FUNCTION defaults(a int DEFAULT 1, b text = 'x', c timestamptz DEFAULT now()) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION options(a int) RETURNS int LANGUAGE sql IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE COST 5 SECURITY DEFINER
  SET search_path = public, pg_temp SET work_mem = '1MB' SET timezone TO 'UTC' AS $$ SELECT 1 $$;
CREATE FUNCTION empty_path() RETURNS int LANGUAGE sql STABLE RETURNS NULL ON NULL INPUT SET search_path = '' AS $$ SELECT 1 $$;
CREATE FUNCTION quoted_path() RETURNS int LANGUAGE sql SET search_path = "$user", public AS $$ SELECT 1 $$;
CREATE FUNCTION percent(a printers.id%TYPE, b printers.name%TYPE) RETURNS printers.price%TYPE LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;
CREATE FUNCTION "Quoted"("A" int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION any_of(a anyelement, b anyarray) RETURNS anyelement LANGUAGE sql AS $$ SELECT a $$;
CREATE FUNCTION atomic(a int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT id FROM printers WHERE id = a; END;
CREATE FUNCTION gives(a int) RETURNS int LANGUAGE sql RETURN a + 1;
CREATE FUNCTION no_language(a int) RETURNS int RETURN a + 1;
CREATE FUNCTION cube_root(double precision) RETURNS double precision LANGUAGE internal STRICT IMMUTABLE AS 'dcbrt';
CREATE FUNCTION intervals(a interval day to second, b interval(3), c float(3), d float, e "char", f bpchar, g text[][]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.x := 1; RETURN NEW; END $$;
CREATE SCHEMA apart;
CREATE FUNCTION apart.plain() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
-- refused
CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
-- refused
CREATE FUNCTION nowhere.plain() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
-- refused
CREATE FUNCTION no_result() LANGUAGE sql AS $$ SELECT 2 $$;
-- refused
CREATE FUNCTION other_result(OUT a int) RETURNS text LANGUAGE sql AS $$ SELECT 2 $$;
-- refused
CREATE FUNCTION no_type(a nothing) RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
-- refused
CREATE FUNCTION no_table() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM nothing $$;
-- refused
CREATE FUNCTION no_table() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM nothing; END;
CREATE FUNCTION no_table() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM nothing); END $$;
