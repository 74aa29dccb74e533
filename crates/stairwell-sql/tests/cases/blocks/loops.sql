DO $$
DECLARE
  name text;
  prefix CONSTANT text := 'part';
BEGIN
  FOREACH name IN ARRAY ARRAY['one', 'two'] LOOP
    EXECUTE format('CREATE TABLE %I (id int, %I text DEFAULT %L)', prefix || '_' || name, name, 'it''s');
    EXECUTE 'CREATE INDEX ON ' || quote_ident(prefix || '_' || name) || ' (id)';
  END LOOP;
  FOR i IN 1..3 LOOP
    EXECUTE format('CREATE TABLE numbered_%s (id int)', i);
    CONTINUE WHEN i > 5;
  END LOOP;
  FOR i IN REVERSE 9..8 LOOP
    EXECUTE 'CREATE TABLE padded_' || lpad(i::text, 3, '0') || ' (id int)';
  END LOOP;
END $$;
CREATE TABLE events (id int, day int) PARTITION BY HASH (id);
DO $$ BEGIN
  FOR i IN 0..3 LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES WITH (MODULUS 4, REMAINDER %s)', 'events_' || i, i);
  END LOOP;
END $$;
DO $$
DECLARE target text := 'events';
BEGIN
  EXECUTE 'ALTER TABLE ' || target || ' ADD COLUMN added int';
  target := 'padded_009';
  EXECUTE format('ALTER TABLE %1$I ADD COLUMN %2$I int', target, 'more');
END $$;
CREATE TYPE currency AS ENUM ('EUR', 'USD');
DO $$
DECLARE
  code text;
  r record;
  a text;
  b text;
BEGIN
  FOR code IN SELECT unnest(ARRAY['EUR', 'CHF', 'SEK']) AS code LOOP
    IF NOT EXISTS (
      SELECT 1 FROM pg_enum WHERE enumlabel = code AND enumtypid = (SELECT oid FROM pg_type WHERE typname = 'currency')
    ) THEN
      EXECUTE format('ALTER TYPE currency ADD VALUE %L', code);
    END IF;
  END LOOP;
  FOR r IN SELECT * FROM (VALUES ('one', 'int'), ('two', 'text')) AS v(name, type) LOOP
    EXECUTE format('CREATE TABLE of_%s (x %s)', r.name, r.type);
  END LOOP;
  FOR a, b IN VALUES ('x', 'y') LOOP
    EXECUTE 'CREATE TABLE ' || a || b || ' (id int)';
  END LOOP;
  FOR r IN SELECT u AS name FROM unnest('{p,q}'::text[]) AS u LOOP
    EXECUTE format('CREATE TABLE %I (id int)', 'u_' || r.name);
  END LOOP;
END $$;
