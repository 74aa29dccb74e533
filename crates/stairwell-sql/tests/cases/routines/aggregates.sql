CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION step(state int, value int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT state + value $$;
CREATE FUNCTION last_step(state int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT state::text $$;
CREATE AGGREGATE total(int) (SFUNC = step, STYPE = int, INITCOND = '0');
CREATE AGGREGATE total_text(value int) (SFUNC = step, STYPE = int, FINALFUNC = last_step, INITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE counted(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
CREATE OR REPLACE AGGREGATE total(int) (SFUNC = step, STYPE = int, INITCOND = '1');
CREATE AGGREGATE old_form (BASETYPE = int, SFUNC = step, STYPE = int);
ALTER AGGREGATE total(int) RENAME TO sum_of;
-- refused
DROP FUNCTION step(int, int);
DROP AGGREGATE sum_of(int);
