CREATE TABLE t (a int, b text, c jsonb, d tsvector, e inet, f int[]);
CREATE INDEX one ON t (a DESC, b ASC NULLS FIRST);
CREATE INDEX two ON t (a DESC NULLS LAST);
CREATE UNIQUE INDEX three ON t (a) INCLUDE (b) WHERE a > 0;
CREATE INDEX four ON t USING gin (c);
CREATE INDEX five ON t USING gin (c jsonb_path_ops);
CREATE INDEX six ON t USING gist (e inet_ops);
CREATE INDEX seven ON t (b text_pattern_ops);
CREATE INDEX eight ON t (b text_ops, a int4_ops);
CREATE INDEX nine ON t USING hash (b);
CREATE INDEX ten ON t USING brin (a) WITH (pages_per_range = 32);
CREATE INDEX eleven ON t (b COLLATE "C");
CREATE INDEX IF NOT EXISTS one ON t (b);
CREATE INDEX CONCURRENTLY twelve ON t (a);
CREATE INDEX thirteen ON t USING gin (f, d);
-- refused
CREATE INDEX one ON t (b);
-- refused
CREATE INDEX zzz ON nowhere (b);
-- refused
CREATE INDEX zzz ON t (nothing);
DROP INDEX two;
DROP INDEX CONCURRENTLY twelve;
-- refused
DROP INDEX zzz;
DROP INDEX IF EXISTS zzz;
CREATE SCHEMA s;
CREATE TABLE s.t (a int);
CREATE INDEX one ON s.t (a);
CREATE INDEX ON s.t (a);
