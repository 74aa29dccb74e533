CREATE TABLE t (col text COLLATE "C", plain text, nm name, other varchar(4) COLLATE "POSIX");
CREATE VIEW v AS SELECT
    col, lower(col) AS lc, nm::text AS nt, upper(nm) AS un, current_user AS cu, current_user::text AS cut,
    plain COLLATE "C" AS pc, plain || col AS cc, coalesce(plain, col) AS ce, length(col) AS len, nm,
    ARRAY[col] AS arr, max(col) OVER () AS mx, other, CASE WHEN plain = '' THEN other END AS ca
FROM t;
CREATE MATERIALIZED VIEW m AS SELECT * FROM v;
CREATE TABLE f AS SELECT col, nm FROM v;
