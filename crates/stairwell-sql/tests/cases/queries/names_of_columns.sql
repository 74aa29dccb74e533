CREATE TABLE t (a int, b text, "Mixed" text, arr int[]);
CREATE VIEW v1 AS SELECT a + 1 FROM t;
CREATE VIEW v2 AS SELECT count(*), "Mixed", arr[1], now()::date, extract(year FROM now()), trim(b), b COLLATE "C" AS c, b::text FROM t GROUP BY 2, arr, b;
CREATE VIEW v3 AS SELECT CASE WHEN a = 1 THEN 'x' END, array_agg(b), coalesce(b, 'x'), nullif(a, 2), greatest(a, 2), least(a, 2), exists(SELECT 1), ARRAY[1], row_number() OVER w FROM t GROUP BY a, b WINDOW w AS (ORDER BY a);
CREATE VIEW v4 AS SELECT CASE WHEN a = 1 THEN 'x' ELSE b END, (SELECT max(a) FROM t), '1'::int, 'x'::varchar(4), date '2020-01-01', interval '1 day', true AS yes FROM t;
CREATE VIEW v5 AS SELECT now() AT TIME ZONE 'utc', ltrim(b), substring(b FROM 2), position('x' IN b), overlay(b PLACING 'x' FROM 1), current_date, localtime, session_user, pg_catalog.upper(b), (t.a), (t).b FROM t;
CREATE VIEW v6 AS SELECT '{}'::jsonb, '1'::int8, '1'::bool, '1'::float, '1'::decimal(4, 1), '1'::bit(3), '1'::char(3), now()::timestamptz(3), now()::time with time zone AS tz, b'1'::varbit, '1'::"char" FROM t;
CREATE VIEW v7 (one, two) AS SELECT 1, 2, 3 AS three;
-- refused
CREATE VIEW v8 AS SELECT a, a FROM t;
-- refused
CREATE VIEW v9 AS SELECT 1, 2;
-- refused
CREATE VIEW v10 (a, b) AS SELECT 1;
CREATE VIEW v11 AS SELECT (SELECT b AS inner_name FROM t LIMIT 1), (VALUES (1)), array(SELECT 1);
CREATE VIEW v12 AS SELECT a IS NULL AS n, grouping(a), xmlelement(name foo), b LIKE 'x' AS l FROM t GROUP BY a, b;
CREATE VIEW v13 AS SELECT "Mixed" AS "Other Name", a AS A2, a "x y" FROM t;
CREATE VIEW v14 AS SELECT trim(LEADING 'x' FROM b), trim(TRAILING FROM b) FROM t;
CREATE VIEW v15 AS SELECT '1'::double precision, '1'::character varying(3), now()::time, '1'::real, '1'::smallint FROM t;
