CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s fine');
CREATE TYPE empty AS ENUM ();
-- refused
CREATE TYPE mood AS ENUM ('again');
-- refused
CREATE TYPE twice AS ENUM ('a', 'a');
ALTER TYPE mood ADD VALUE 'happy';
ALTER TYPE mood ADD VALUE 'worse' BEFORE 'sad';
ALTER TYPE mood ADD VALUE 'better' AFTER 'ok';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok';
-- refused
ALTER TYPE mood ADD VALUE 'ok';
-- refused
ALTER TYPE mood ADD VALUE 'x' BEFORE 'nobody';
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
-- refused
ALTER TYPE mood RENAME VALUE 'sad' TO 'red';
-- refused
ALTER TYPE mood RENAME VALUE 'blue' TO 'ok';
-- refused
ALTER TYPE nobody ADD VALUE 'x';
ALTER TYPE empty ADD VALUE 'first';
CREATE TYPE "Mixed Case" AS ENUM ('Ä', '');
CREATE TABLE t (a mood, b mood[], c "Mixed Case" DEFAULT 'Ä');
ALTER TYPE mood RENAME TO feeling;
ALTER TYPE "Mixed Case" RENAME TO plain;
-- refused
ALTER TYPE mood ADD VALUE 'y';
-- refused
ALTER TYPE feeling RENAME TO plain;
-- refused
ALTER TYPE feeling ADD ATTRIBUTE a integer;
