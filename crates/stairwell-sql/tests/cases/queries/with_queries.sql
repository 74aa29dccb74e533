CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree, name varchar(30));
CREATE VIEW v1 AS WITH RECURSIVE up (id, parent, depth, path) AS (
    SELECT id, parent, 0, ARRAY[name]::varchar[] FROM tree WHERE parent IS NULL
    UNION ALL
    SELECT t.id, t.parent, up.depth + 1, up.path || t.name FROM tree AS t JOIN up ON t.parent = up.id
) SELECT * FROM up;
CREATE RECURSIVE VIEW numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 10;
CREATE VIEW v2 AS WITH a AS (SELECT id FROM tree), b AS (SELECT a.id AS bid FROM a) SELECT * FROM b, a;
CREATE VIEW v3 AS WITH RECURSIVE s (id, parent) AS (
    SELECT id, parent FROM tree UNION ALL SELECT t.id, t.parent FROM tree t, s WHERE t.parent = s.id
) SEARCH DEPTH FIRST BY id SET ordering CYCLE id SET is_cycle USING cycle_path SELECT id, is_cycle FROM s;
CREATE VIEW v4 AS WITH tree AS (SELECT 1 AS one) SELECT * FROM tree;
CREATE VIEW v5 AS SELECT (WITH x AS (SELECT max(id) AS m FROM tree) SELECT m FROM x) AS biggest;
WITH gone AS (DELETE FROM tree WHERE id < 0 RETURNING *), kept AS (INSERT INTO tree (id, name) SELECT id, name FROM gone RETURNING id)
SELECT kept.id, gone.name FROM kept JOIN gone USING (id);
-- refused
CREATE VIEW v6 AS WITH a AS (SELECT id FROM tree) SELECT a.name FROM a;
-- refused
CREATE VIEW v7 AS WITH a AS (SELECT id FROM tree) SELECT * FROM b;
