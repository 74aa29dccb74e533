CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE t (m mood DEFAULT 'a', ms mood[] NOT NULL);
-- refused
DROP TYPE mood;
ALTER TABLE t ALTER m DROP DEFAULT, ALTER m TYPE text USING m::text;
ALTER TABLE t DROP COLUMN ms;
DROP TYPE mood;
CREATE TYPE mood AS ENUM ('c');
CREATE TABLE u (m mood, other int);
DROP TYPE mood CASCADE;
-- refused
CREATE TABLE w (a nosuchtype);
