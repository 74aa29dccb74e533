CREATE SCHEMA a;
CREATE SCHEMA b;
CREATE TABLE a.only_a (id integer);
CREATE TABLE b.t (id integer);
-- refused
SELECT * FROM only_a;
ALTER TABLE a.only_a ADD COLUMN x integer;
DO $$ BEGIN
    SET LOCAL search_path = b, a, public;
    CREATE TABLE in_b (id integer);
    ALTER TABLE only_a ADD COLUMN y integer;
    CREATE TYPE mood AS ENUM ('x');
    SET LOCAL search_path TO DEFAULT;
    CREATE TABLE in_public (id integer);
    SET LOCAL search_path = nowhere, "a";
    CREATE TABLE in_a (id b.mood);
END $$;
