CREATE TABLE t (
    a int, v varchar(10), c char(5), n numeric(10, 2), ts timestamp(3), vc varchar(20), b bit(4),
    iv interval day to second, arr varchar(7)[], nm name, e text
);
CREATE VIEW v AS SELECT
    v, c, n, ts, b, iv, arr, nm,
    nullif(v, '') AS x1, nullif(a, 2.5) AS x2, coalesce(v, '') AS x3, coalesce(v, vc) AS x4,
    coalesce(v, v) AS x5, CASE WHEN a = 1 THEN v ELSE v END AS x6, CASE WHEN a = 1 THEN v END AS x7,
    ARRAY[v, v] AS x8, arr[1] AS x9, arr[1:2] AS x10, (SELECT v FROM t LIMIT 1) AS x11,
    array(SELECT v FROM t) AS x12, c || c AS x13, lower(c) AS x14, max(v) OVER () AS x15,
    min(c) OVER () AS x16, array_agg(v) OVER () AS x17, b::bit varying AS x19, b & b AS x20,
    -n AS x22, 'a' AS l1, NULL AS l2, n'x' AS l3, greatest(n, n) AS x23, n + 1 AS x24,
    n::numeric(12, 2) AS x25, a::numeric AS x26, (ARRAY[1, 2])[1] AS x27, row(1, 2) = row(1, 3) AS x28,
    (t).v AS x29, t AS x30, NOT true AS x31, -5 AS x32, +a AS x33, @ a AS x34, least(v, vc) AS x35,
    b'101' AS x36, 3000000000 AS x37, 1.5 AS x38, 99999999999999999999 AS x39, -2147483648 AS x40
FROM t;
