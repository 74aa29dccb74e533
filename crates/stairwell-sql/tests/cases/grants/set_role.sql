DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fold_reader') THEN CREATE ROLE fold_reader; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fold_writer') THEN CREATE ROLE fold_writer; END IF;
END $$;

GRANT CREATE ON SCHEMA public TO fold_writer;
DO $$ BEGIN
    SET LOCAL ROLE fold_writer;
    CREATE TABLE of_writer (id integer);
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO fold_reader;
    CREATE TABLE of_writer_too (id integer);
    RESET ROLE;
    CREATE TABLE of_runner (id integer);
    GRANT SELECT ON of_writer TO fold_writer;
    GRANT SELECT ON of_runner TO fold_writer;
END $$;
