DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fold_reader') THEN CREATE ROLE fold_reader; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fold_writer') THEN CREATE ROLE fold_writer; END IF;
END $$;

CREATE TABLE mine (id integer);
CREATE TABLE other (id integer);
ALTER TABLE other OWNER TO fold_reader;
GRANT SELECT ON mine TO fold_reader, fold_writer;
GRANT SELECT (id) ON mine TO fold_reader;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO fold_reader, fold_writer;
DROP OWNED BY fold_reader;
CREATE TABLE later (id integer);
