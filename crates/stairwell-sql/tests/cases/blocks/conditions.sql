CREATE TABLE a (id int PRIMARY KEY, name text);
CREATE INDEX a_name ON a (name);
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'a' AND column_name = 'name') THEN
    ALTER TABLE a ADD COLUMN name text;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'a' AND column_name = 'added') THEN
    ALTER TABLE a ADD COLUMN added text;
  END IF;
  IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'a_name' AND n.nspname = 'public') THEN
    DROP INDEX a_name;
  END IF;
  IF EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'a_name') THEN
    DROP INDEX a_name;
  ELSE
    CREATE INDEX a_other ON a (name);
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'named' AND conrelid = 'a'::regclass) THEN
    ALTER TABLE a ADD CONSTRAINT named CHECK (name <> '');
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'named' AND conrelid = 'public.a'::regclass) THEN
    ALTER TABLE a ADD CONSTRAINT named CHECK (name <> '');
  END IF;
  IF to_regclass('public.b') IS NULL THEN
    CREATE TABLE b (id int);
  END IF;
  IF to_regclass('public.b') IS NULL THEN
    CREATE TABLE b (id int);
  ELSIF to_regclass('c') IS NOT NULL THEN
    CREATE TABLE d (id int);
  ELSE
    CREATE TABLE c (id int);
  END IF;
  IF (SELECT count(*) FROM information_schema.tables WHERE table_name = 'c') = 0 THEN
    CREATE TABLE c (id int);
  END IF;
  PERFORM 1 FROM pg_tables WHERE tablename = 'e';
  IF NOT FOUND THEN
    CREATE TABLE e (id int);
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'name' AND NOT attisdropped) THEN
    ALTER TABLE a ADD COLUMN name int;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = (SELECT oid FROM pg_class WHERE relname = 'a') AND attname = 'again' AND attnum > 0) THEN
    ALTER TABLE a ADD COLUMN again int;
  END IF;
  IF TRUE THEN CREATE TABLE always (id int); ELSE CREATE TABLE never (id int); END IF;
END $$;
DO $$
DECLARE
  is_there boolean;
  also_there boolean := EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 'a');
BEGIN
  SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'f') INTO is_there;
  IF NOT is_there THEN CREATE TABLE f (id int); END IF;
  IF also_there THEN ALTER TABLE a ADD COLUMN was_there int; END IF;
  IF is_there AND also_there THEN CREATE TABLE never (id int); END IF;
  IF is_there OR also_there THEN RETURN; END IF;
  CREATE TABLE never (id int);
END $$;
DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM information_schema.table_constraints WHERE constraint_name = 'named' AND table_name = 'a' AND constraint_type = 'CHECK') THEN
    ALTER TABLE a DROP CONSTRAINT named;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM information_schema.table_constraints WHERE constraint_name = 'other' AND table_name = 'a' AND constraint_type = 'CHECK') THEN
    ALTER TABLE a ADD CONSTRAINT other CHECK (id > 0);
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE c.conname = 'third' AND t.relname = 'a') THEN
    ALTER TABLE a ADD CONSTRAINT third CHECK (id > 0);
  END IF;
  IF EXISTS (SELECT 1 FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE c.conname = 'third' AND t.relname = 'b') THEN
    CREATE TABLE never (id int);
  END IF;
END $$;
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace n ON t.typnamespace = n.oid WHERE t.typname = 'mood' AND n.nspname = 'public') THEN
    CREATE TYPE mood AS ENUM ('sad');
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN
    CREATE TYPE mood AS ENUM ('sad');
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE t.typname = 'mood' AND e.enumlabel = 'sad') THEN
    CREATE TABLE never (id int);
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_enum WHERE enumlabel = 'happy' AND enumtypid = 'mood'::regtype) THEN
    CREATE TABLE for_happy (id int);
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_enum WHERE enumlabel = 'happy' AND enumtypid = (SELECT oid FROM pg_type WHERE typname = 'mood')) THEN
    CREATE TABLE for_happy_too (id int);
  END IF;
  IF NOT EXISTS (SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'apart') THEN
    CREATE SCHEMA apart;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'apart') THEN
    CREATE TABLE never (id int);
  END IF;
  IF EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = 'touched' AND tgrelid = 'a'::regclass AND NOT tgisinternal) THEN
    CREATE TABLE never (id int);
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_policies WHERE schemaname = 'public' AND tablename = 'a' AND policyname = 'own') THEN
    CREATE POLICY own ON a;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_policies WHERE schemaname = 'public' AND tablename = 'a' AND policyname = 'own') THEN
    CREATE POLICY own ON a;
  END IF;
  IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'hstore') THEN
    CREATE TABLE never (id int);
  END IF;
  IF (SELECT to_regclass('apart.nothing')) IS NOT NULL THEN
    CREATE TABLE never (id int);
  END IF;
  IF to_regtype('mood') IS NULL THEN
    CREATE TABLE never (id int);
  END IF;
  IF EXISTS (SELECT FROM information_schema.columns WHERE table_schema = current_schema() AND table_name IN ('a', 'b') AND column_name = 'again' AND data_type = 'text') THEN
    ALTER TABLE a ALTER COLUMN again TYPE bigint USING again::bigint;
  END IF;
END $$;
