CREATE TYPE person AS (name text, age integer);
CREATE TABLE people OF person;
CREATE TABLE others OF person (name NOT NULL);
-- refused
ALTER TYPE person ADD ATTRIBUTE email text;
ALTER TYPE person ADD ATTRIBUTE email varchar(20) CASCADE;
ALTER TYPE person RENAME ATTRIBUTE name TO full_name CASCADE;
ALTER TYPE person ALTER ATTRIBUTE age TYPE bigint CASCADE;
ALTER TYPE person DROP ATTRIBUTE age CASCADE;
ALTER TYPE person RENAME TO human;
-- refused
DROP TYPE human;
CREATE TYPE other AS (a integer);
CREATE TABLE gone OF other;
DROP TYPE other CASCADE;
