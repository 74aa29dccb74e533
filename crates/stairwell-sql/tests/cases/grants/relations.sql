DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fold_reader') THEN CREATE ROLE fold_reader; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fold_writer') THEN CREATE ROLE fold_writer; END IF;
END $$;

CREATE TABLE t (id serial, a text, b text);
CREATE VIEW v AS SELECT a FROM t;
CREATE SEQUENCE s;
GRANT SELECT, INSERT ON t TO fold_reader;
GRANT ALL ON t TO fold_writer WITH GRANT OPTION;
GRANT ALL PRIVILEGES ON TABLE v, s TO PUBLIC;
GRANT SELECT (a, b), UPDATE (b), REFERENCES ON t TO fold_reader;
GRANT ALL (a) ON t TO fold_writer;
GRANT USAGE ON s TO fold_reader;
GRANT USAGE, SELECT ON SEQUENCE s, t_id_seq TO fold_writer;
GRANT ALL ON SEQUENCE t_id_seq TO GROUP fold_reader;
REVOKE INSERT ON t FROM fold_reader;
REVOKE GRANT OPTION FOR UPDATE, DELETE ON t FROM fold_writer;
REVOKE SELECT (b) ON t FROM fold_reader;
REVOKE UPDATE ON v FROM PUBLIC;
REVOKE ALL ON s FROM fold_writer;
REVOKE SELECT ON t FROM fold_reader;
GRANT SELECT ON t TO CURRENT_USER;
REVOKE ALL ON t FROM CURRENT_USER;
-- refused
GRANT EXECUTE ON t TO fold_reader;
-- refused
GRANT USAGE ON t TO fold_reader;
-- refused
GRANT SELECT ON nobody TO fold_reader;
-- refused
GRANT SELECT (nobody) ON t TO fold_reader;
-- refused
GRANT SELECT ON t TO PUBLIC WITH GRANT OPTION;
CREATE INDEX i ON t (a);
-- refused
GRANT SELECT ON i TO fold_reader;
