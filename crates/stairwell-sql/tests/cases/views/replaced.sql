CREATE TABLE t (a int, b varchar(10), c text);
CREATE VIEW v AS SELECT a, b FROM t;
CREATE OR REPLACE VIEW v AS SELECT a, b, c FROM t;
CREATE OR REPLACE VIEW v WITH (security_barrier) AS SELECT a * 2 AS a, b, 'x' AS c, now() AS d FROM t;
-- refused
CREATE OR REPLACE VIEW v AS SELECT a, b, c FROM t;
-- refused
CREATE OR REPLACE VIEW v AS SELECT b, a, c, now() AS d FROM t;
-- refused
CREATE OR REPLACE VIEW v AS SELECT a::bigint, b, c, now() AS d FROM t;
-- refused
CREATE OR REPLACE VIEW v AS SELECT a, b::varchar(20), c, now() AS d FROM t;
-- refused
CREATE OR REPLACE VIEW t AS SELECT 1;
-- refused
CREATE VIEW v AS SELECT 1 AS one;
-- refused
DROP TABLE t;
CREATE OR REPLACE VIEW v AS SELECT 1 AS a, 'x'::varchar(10) AS b, 'y' AS c, now() AS d;
DROP TABLE t;
CREATE OR REPLACE VIEW fresh AS SELECT 1 AS one;
