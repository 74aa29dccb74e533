DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fold_reader') THEN CREATE ROLE fold_reader; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fold_writer') THEN CREATE ROLE fold_writer; END IF;
END $$;

CREATE SCHEMA s;
CREATE FUNCTION s.f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION s.g() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1';
CREATE TYPE s.e AS ENUM ('a');
CREATE DOMAIN s.d AS integer;
GRANT USAGE, CREATE ON SCHEMA s TO fold_reader;
GRANT ALL ON SCHEMA public TO fold_writer;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON FUNCTION s.f(integer), s.g TO fold_reader;
REVOKE EXECUTE ON FUNCTION s.f FROM PUBLIC;
REVOKE ALL ON PROCEDURE s.p() FROM PUBLIC;
GRANT ALL ON ROUTINE s.p() TO fold_writer WITH GRANT OPTION;
REVOKE USAGE ON TYPE s.e FROM PUBLIC;
GRANT USAGE ON TYPE s.e TO fold_reader;
REVOKE ALL ON DOMAIN s.d FROM PUBLIC;
GRANT USAGE ON DOMAIN s.d TO PUBLIC;
GRANT EXECUTE ON FUNCTION pg_reload_conf() TO fold_reader;
GRANT CONNECT ON DATABASE template1 TO fold_reader;
GRANT fold_reader TO fold_writer;
REVOKE fold_reader FROM fold_writer;
GRANT USAGE ON LANGUAGE plpgsql TO fold_reader;
-- refused
GRANT SELECT ON SCHEMA s TO fold_reader;
-- refused
GRANT USAGE ON SCHEMA nobody TO fold_reader;
-- refused
GRANT EXECUTE ON FUNCTION s.nobody() TO fold_reader;
-- refused
GRANT USAGE ON DOMAIN s.e TO fold_reader;
