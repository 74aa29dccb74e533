DO $$
DECLARE
  x int;
  y text := 'a';
BEGIN
  CREATE TABLE a (id int PRIMARY KEY);
  ALTER TABLE a ADD COLUMN b text;
  SELECT count(*) INTO STRICT x FROM a;
  INSERT INTO a (id) VALUES (1) RETURNING id INTO x;
  PERFORM 1 FROM a;
  CREATE TEMP TABLE scratch ON COMMIT DROP AS SELECT * FROM a;
  INSERT INTO scratch VALUES (2, 'x');
  DROP TABLE scratch;
  RAISE NOTICE 'x %', x;
  BEGIN
    CREATE INDEX a_b ON a (b);
  END;
END $$;
DO LANGUAGE plpgsql 'BEGIN CREATE TABLE quoted (id int); EXECUTE ''ALTER TABLE quoted ADD COLUMN "It''''s" text''; END';
DO $$ <<labelled>> DECLARE x int; DECLARE y int := 1; BEGIN SELECT 1 INTO x; CREATE TABLE declared (id int); DECLARE z int; BEGIN NULL; END; END labelled $$;
DO $$ BEGIN CREATE TABLE b (id int); RETURN; CREATE TABLE never (id int); END $$;
DO $outer$ BEGIN
  CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $inner$ BEGIN CREATE TABLE in_body (id int); RETURN 1; END $inner$;
  DO $inner$ BEGIN CREATE TABLE within (id int); END $inner$;
END $outer$;
-- refused
DO $$ BEGIN CREATE TABLE c (id int); CREATE TABLE a (id int); END $$;
-- refused
DO $$ BEGIN ALTER TABLE missing ADD COLUMN x int; END $$;
-- refused
DO $$ BEGIN RAISE EXCEPTION 'no'; END $$;
-- refused
DO $$ BEGIN DROP TABLE a; ALTER TABLE a ADD COLUMN c int; END $$;
