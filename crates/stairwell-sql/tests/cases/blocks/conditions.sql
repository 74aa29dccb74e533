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
