CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(text, VARIADIC integer[]) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION only_one(a integer, OUT b integer) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p(integer) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p(text) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE out_too(a integer, OUT b integer) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE AGGREGATE counted(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
-- refused
DROP FUNCTION f;
-- refused
DROP FUNCTION f(bigint);
-- refused
DROP FUNCTION p(integer);
-- refused
DROP PROCEDURE f(integer);
-- refused
DROP FUNCTION total(integer);
-- refused
DROP AGGREGATE f(integer);
-- refused
DROP PROCEDURE p;
-- refused
DROP FUNCTION nobody;
-- refused
DROP FUNCTION f(nobody);
DROP FUNCTION IF EXISTS nobody, nobody(integer), f(nobody), f(bigint);
DROP FUNCTION f(), f(text, integer[]);
DROP FUNCTION f;
DROP FUNCTION only_one(integer);
DROP PROCEDURE p(integer);
DROP ROUTINE p;
DROP PROCEDURE out_too(integer, integer);
DROP AGGREGATE total(integer), counted(*);
CREATE FUNCTION a() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE t (x integer DEFAULT a(), y integer CHECK (y > a()), z integer GENERATED ALWAYS AS (a() + 1) STORED, w integer);
CREATE INDEX i ON t ((x + a()));
CREATE VIEW v AS SELECT a() AS a;
CREATE FUNCTION b() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT a(); END;
CREATE FUNCTION c() RETURNS integer LANGUAGE sql AS 'SELECT a()';
-- refused
DROP FUNCTION a();
DROP FUNCTION a() CASCADE;
