CREATE TABLE t (id serial PRIMARY KEY, a int UNIQUE, CHECK (a > 0));
CREATE INDEX t_a ON t (a);
CREATE TABLE u (id int REFERENCES t, t_row t);
ALTER TABLE t RENAME TO renamed;
ALTER TABLE t_a RENAME TO other_index;
ALTER TABLE t_id_seq RENAME TO other_seq;
ALTER TABLE renamed RENAME id TO key;
ALTER INDEX renamed RENAME TO again;
ALTER INDEX IF EXISTS zzz RENAME TO y;
ALTER SEQUENCE other_seq RENAME TO third_seq;
-- refused
ALTER TABLE again RENAME TO u;
-- refused
ALTER INDEX zzz RENAME TO y;
CREATE VIEW v AS SELECT key FROM again;
ALTER TABLE v RENAME TO w;
ALTER TABLE again RENAME CONSTRAINT t_a_key TO a_key;
ALTER INDEX t_pkey RENAME TO pk;
