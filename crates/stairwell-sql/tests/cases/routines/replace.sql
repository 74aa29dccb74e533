CREATE FUNCTION f(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
REVOKE EXECUTE ON FUNCTION f(int, text) FROM PUBLIC;
COMMENT ON FUNCTION f(int, text) IS 'kept';
CREATE OR REPLACE FUNCTION f(a int, b text DEFAULT 'y') RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 2; END $$;
CREATE OR REPLACE FUNCTION f(a int) RETURNS text LANGUAGE sql AS $$ SELECT 'another' $$;
-- refused
CREATE OR REPLACE FUNCTION f(a int, b text DEFAULT 'y') RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;
-- refused
CREATE OR REPLACE FUNCTION f(a int, b text DEFAULT 'y') RETURNS SETOF int LANGUAGE sql AS $$ SELECT 1 $$;
-- refused
CREATE OR REPLACE FUNCTION f(other int, b text DEFAULT 'y') RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
-- refused
CREATE OR REPLACE FUNCTION f(a int, b text) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
-- refused
CREATE OR REPLACE PROCEDURE f(a int) LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION unnamed(int) RETURNS int LANGUAGE sql AS $$ SELECT $1 $$;
CREATE OR REPLACE FUNCTION unnamed(a int) RETURNS int LANGUAGE sql AS $$ SELECT $1 $$;
CREATE FUNCTION outs(OUT a int, OUT b text) LANGUAGE sql AS $$ SELECT 1, 'a' $$;
CREATE OR REPLACE FUNCTION outs(OUT a int, OUT b text) LANGUAGE sql STABLE AS $$ SELECT 2, 'b' $$;
-- refused
CREATE OR REPLACE FUNCTION outs(OUT a int, OUT c text) LANGUAGE sql AS $$ SELECT 1, 'a' $$;
CREATE FUNCTION tabular() RETURNS TABLE (a int, b text) LANGUAGE sql AS $$ SELECT 1, 'a' $$;
-- refused
CREATE OR REPLACE FUNCTION tabular() RETURNS TABLE (a int, b text, c int) LANGUAGE sql AS $$ SELECT 1, 'a', 1 $$;
