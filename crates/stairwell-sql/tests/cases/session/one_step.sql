-- What is set in a step stays set to its end, and its temporary objects hide others.
-- one step
CREATE SCHEMA app;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE EXTENSION hstore WITH SCHEMA public;
CREATE TABLE app.t (id integer, h public.hstore, big bigint DEFAULT ('1'::bigint));
SELECT pg_catalog.set_config('search_path', 'app, public', false);
CREATE TEMP TABLE t (only_here integer) ON COMMIT DROP;
ALTER TABLE t ADD COLUMN two integer;
CREATE TABLE copied AS SELECT * FROM t;
CREATE VIEW for_the_session AS SELECT two FROM t;
DROP TABLE t CASCADE;
ALTER TABLE t ADD COLUMN more hstore;
