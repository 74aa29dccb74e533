CREATE TABLE a (id int, x text, shared int);
CREATE TABLE b (id int, y numeric(8, 3), shared bigint);
CREATE TABLE c (id int, z bool);
CREATE VIEW v1 AS SELECT * FROM a;
CREATE VIEW v2 AS SELECT a.*, b.y FROM a, b;
CREATE VIEW v3 AS SELECT * FROM a JOIN b USING (id, shared);
CREATE VIEW v4 AS SELECT * FROM a NATURAL JOIN b;
CREATE VIEW v5 AS SELECT * FROM a LEFT JOIN c USING (id) CROSS JOIN (SELECT 1 AS one) AS o;
CREATE VIEW v6 AS SELECT * FROM a AS q (i, j) JOIN c AS r (k) ON q.i = r.k;
CREATE VIEW v7 AS SELECT j.*, 'x' AS more FROM (a JOIN c USING (id)) AS j;
CREATE VIEW v8 AS SELECT (q.r).* FROM (SELECT a AS r FROM a) AS q;
CREATE VIEW v9 AS TABLE a;
CREATE VIEW v10 AS SELECT * FROM a NATURAL JOIN c CROSS JOIN (VALUES (1, 'one'), (2, NULL)) AS w (n, word);
CREATE VIEW v11 AS SELECT id, a.x, b.y, c.z FROM a FULL JOIN b USING (id) RIGHT JOIN c USING (id);
CREATE VIEW v12 AS SELECT * FROM a JOIN c USING (id) AS m WHERE m.id > 1;
CREATE VIEW v13 AS SELECT public.a.x, a FROM public.a;
CREATE VIEW v14 AS SELECT s.* FROM a LEFT JOIN LATERAL (SELECT a.id + b.id AS total, b.* FROM b WHERE b.id = a.id) AS s (total, bid) ON true;
CREATE VIEW v15 AS SELECT * FROM a NATURAL LEFT JOIN b NATURAL JOIN c;
-- refused
CREATE VIEW v16 AS SELECT nothing FROM a;
-- refused
CREATE VIEW v17 AS SELECT a.nothing FROM a;
-- refused
CREATE VIEW v18 AS SELECT z.x FROM a;
-- refused
CREATE VIEW v19 AS SELECT * FROM nothing;
-- refused
CREATE VIEW v20 AS SELECT * FROM a JOIN b USING (x);
-- refused
CREATE VIEW v21 AS SELECT a.x FROM a AS q;
-- refused
CREATE VIEW v22 AS SELECT 1 AS one FROM a WHERE nothing = 1;
-- refused
CREATE VIEW v23 AS SELECT q.x FROM (SELECT id FROM a) AS q;
-- refused
CREATE VIEW v24 AS SELECT x FROM a ORDER BY nothing;
