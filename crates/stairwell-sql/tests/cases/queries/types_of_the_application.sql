CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN word AS varchar(12);
CREATE DOMAIN amounts AS numeric(6, 2)[];
CREATE TYPE address AS (street text, zip varchar(5), moods mood[]);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE t (i int, m mood, p positive, w word, a address, am amounts, s span, ms mood[], ps positive[]);
CREATE VIEW v1 AS SELECT max(m) AS a1, array_agg(DISTINCT m) AS a2, max(p) AS a3, sum(p) AS a4, array_agg(p) AS a5, string_agg(w, ',') AS a6, count(a) AS a7, json_agg(a) AS a8 FROM t;
CREATE VIEW v2 AS SELECT p + 1 AS a1, array(SELECT m FROM t) AS a2, coalesce(m, 'sad') AS a3, enum_first(m) AS a4, m < 'happy' AS a5, m::text AS a6, p AS a7, p::int AS a8, coalesce(p, 1) AS a9, nullif(m, 'sad') AS b1, w || 'x' AS b2, upper(w) AS b3, coalesce(w, w) AS b4, CASE WHEN i = 1 THEN p ELSE p END AS b5, CASE WHEN i = 1 THEN p ELSE i END AS b6, ms[1] AS b7, ms || m AS b8, 'sad' = ANY (ms) AS b9, (a).street AS c1, (a).zip AS c2, (a).moods[1] AS c3, (a).*, am[1] AS c5, lower(s) AS c6, s * s AS c7, unnest(ms) AS c8, unnest(enum_range(NULL::mood)) AS c9, ps[1] AS d1, 'happy'::mood AS d2, mood 'sad' AS d3, ARRAY[m, 'sad'] AS d4, row('x', 'y', NULL)::address AS d5, a AS d6, -p AS d7, greatest(p, 2) AS d8, array_position(ms, 'sad') AS d9, lag(m) OVER () AS e1, -i::positive AS e2, nullif(w, 'x') AS e3, nullif(p, 1) AS e4 FROM t;
CREATE VIEW v3 AS SELECT m, p, w FROM t UNION SELECT 'sad', 1, 'x';
CREATE VIEW v4 AS SELECT u.* FROM t, unnest(t.ms) AS u;
CREATE VIEW v5 AS SELECT x.* FROM jsonb_populate_record(NULL::address, '{}') AS x;
CREATE VIEW v6 AS SELECT * FROM json_populate_recordset(NULL::t, '[]');
CREATE FUNCTION f(int) RETURNS positive LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION addresses() RETURNS SETOF address LANGUAGE sql AS 'SELECT a FROM t';
CREATE FUNCTION outs(x int, OUT y text, OUT z numeric) LANGUAGE sql AS $$SELECT 'a', 1$$;
CREATE FUNCTION one_out(OUT single text) LANGUAGE sql AS $$SELECT 'a'$$;
CREATE FUNCTION tab(n int DEFAULT 1) RETURNS TABLE (a int, b mood) LANGUAGE sql AS $$SELECT 1, 'sad'::mood$$;
CREATE FUNCTION many(VARIADIC xs int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION poly(anyelement) RETURNS anyarray LANGUAGE sql AS 'SELECT ARRAY[$1]';
CREATE FUNCTION over_loaded(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION over_loaded(text) RETURNS text LANGUAGE sql AS $$SELECT 'x'$$;
CREATE VIEW v7 AS SELECT f(1), addresses(), one_out(), many(1, 2, 3), poly(1.5) AS p1, poly(m) AS p2, over_loaded(1) AS o1, over_loaded('x'::varchar) AS o2, over_loaded(i) AS o3, over_loaded('x') AS o4 FROM t;
CREATE VIEW v8 AS SELECT a.*, o.*, oo.*, r.* FROM addresses() AS a, outs(2) AS o, one_out() AS oo, tab(n => 2) AS r;
CREATE VIEW v9 AS SELECT (outs(1)).y, (addresses()).zip, t.f1 FROM (SELECT 1 AS f1) AS t;
-- refused
DROP FUNCTION many(int[]);
-- refused
DROP TYPE mood;
-- refused
DROP TYPE span;
-- refused
DROP DOMAIN word;
-- refused
CREATE VIEW v10 AS SELECT outs(1);
-- refused
CREATE TABLE t10 AS SELECT (1, 2) AS both;
-- refused
CREATE VIEW v11 AS SELECT pg_sleep(0);
