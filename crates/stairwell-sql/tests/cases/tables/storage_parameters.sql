CREATE TABLE t (id int PRIMARY KEY WITH (fillfactor = 60), a text) WITH (fillfactor=70, autovacuum_enabled = off, toast.autovacuum_enabled = false);
ALTER TABLE t SET (fillfactor = 50, parallel_workers = 2, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE t RESET (autovacuum_enabled);
CREATE INDEX i ON t USING gin (to_tsvector('english', a)) WITH (fastupdate = off);
CREATE INDEX j ON t (a) WITH (fillfactor = 80);
ALTER INDEX j SET (fillfactor = 85, deduplicate_items);
ALTER INDEX j RESET (fillfactor);
CREATE TABLE o (id int) WITHOUT OIDS;
CREATE TABLE p (id int) WITH (oids = false);
