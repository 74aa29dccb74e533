CREATE TABLE t (a int CHECK (a > 0), b int CHECK (b > a), c int, CHECK (c > 1), CHECK (c < 10 AND c IS NOT NULL), CHECK (1 = 1), CHECK (t.c > 3), CHECK (t IS NOT NULL), CHECK (lower(c::text) = 'x'));
ALTER TABLE t ADD CHECK (a < 100);
ALTER TABLE t ADD CHECK (a < b);
ALTER TABLE t ADD COLUMN d int CHECK (d > 0) CHECK (d < 9);
CREATE TABLE u (a int CONSTRAINT t_a_check3 CHECK (a > 0));
ALTER TABLE t ADD CHECK (a <> 7);
ALTER TABLE t ADD CHECK (a <> 8);
CREATE SCHEMA s;
CREATE TABLE s.t (a int CHECK (a > 0));
-- refused
ALTER TABLE t ADD CHECK (zzz > 0);
ALTER TABLE t DROP COLUMN a;
CREATE TABLE system_columns (a bool, CHECK (NOT (a AND tableoid::regclass::text = 'x')));
