CREATE TABLE a (id int PRIMARY KEY);
DO $$ BEGIN
  ALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0);
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
DO $$ BEGIN
  ALTER TABLE a ADD CONSTRAINT positive CHECK (id > 0);
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
DO $$ BEGIN
  CREATE TABLE b (id int);
  CREATE TABLE a (id int);
  CREATE TABLE never (id int);
EXCEPTION
  WHEN duplicate_table THEN RAISE NOTICE 'there';
END $$;
DO $$ BEGIN
  BEGIN
    ALTER TABLE a ADD COLUMN id int;
  EXCEPTION WHEN duplicate_column THEN
    ALTER TABLE a ADD COLUMN other int;
  END;
  CREATE TABLE after_block (id int);
END $$;
DO $$ BEGIN
  DROP TABLE missing;
EXCEPTION WHEN OTHERS THEN
  CREATE TABLE by_handler (id int);
END $$;
DO $$ BEGIN
  ALTER TABLE missing ADD COLUMN x int;
EXCEPTION WHEN undefined_table OR undefined_column THEN NULL;
END $$;
DO $$ BEGIN
  CREATE TABLE a (id int);
EXCEPTION WHEN SQLSTATE '42P07' THEN NULL;
END $$;
-- refused
DO $$ BEGIN
  CREATE TABLE a (id int);
EXCEPTION WHEN unique_violation THEN NULL;
END $$;
-- refused
DO $$ BEGIN
  CREATE TABLE a (id int);
EXCEPTION WHEN duplicate_table THEN RAISE;
END $$;
DO $$ BEGIN
  BEGIN
    CREATE TABLE a (id int);
  EXCEPTION WHEN duplicate_table THEN RAISE EXCEPTION 'there';
  END;
EXCEPTION WHEN OTHERS THEN NULL;
END $$;
